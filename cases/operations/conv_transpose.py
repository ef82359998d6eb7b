"""The transposed convolution: its parameters, axes, values and descriptions.

Pure: only the functions that make arrays import NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from .axis import Axis, column, signed
from .operation import Layer, Operation
from .sliding import mode_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np


@dataclass(frozen=True)
class TransposedAxis(Axis):
    """One axis of a transposed convolution, the adjoint of a convolution's axis: its padding crops the output.

    Negative ``before`` and ``after`` add zeros to the output; ``output_padding`` adds elements at its far end.
    ``around`` is the padding (before, after) of the input, by the padding mode.
    """

    output_padding: int = 0
    around: tuple[int, int] = (0, 0)
    adjoint: ClassVar[bool] = True

    @property
    def output(self) -> int:
        """The output size, (n - 1)s - (before + after) + e + output_padding, of the padded n."""
        return (self.padded - 1) * self.stride - (self.before + self.after) + self.effective + self.output_padding

    @property
    def padded(self) -> int:
        """The input size with its padding."""
        return self.n + sum(self.around)

    @property
    def pads(self) -> tuple[int, int]:
        """The net crop (before, after) of what the input itself is written to, less the output padding.

        Negative numbers add outputs, to which the padding of the input is written.
        """
        near, far = (self.stride * pad for pad in self.around)
        return self.before - near, self.after - far - self.output_padding

    def with_pads(self, before: int, after: int) -> Axis:
        """Return this axis with other net crops and no output padding."""
        near, far = (self.stride * pad for pad in self.around)
        return replace(self, before=before + near, after=after + far, output_padding=0)

    def formula(self) -> str:
        """Return the formula with its numbers: ``(8-1)*2-2+3+1 = 16``; the crop of 2 is both sides' total."""
        crop = signed(-(self.before + self.after)) if self.before + self.after else ""
        more = f"+{self.output_padding}" if self.output_padding else ""
        size = "+".join(map(str, [self.n, *([sum(self.around)] if any(self.around) else [])]))
        return f"({size}-1)*{self.stride}{crop}+{self.effective}{more} = {self.output}"

    def sampling(self, outputs: Sequence[int] | None = None) -> np.ndarray:
        """Return the input element that each output gets through each tap: int64 (output, k), -1 for none.

        This covers all outputs or only those given. Through tap t, input i is written to output i*s - before + t*d.
        """
        import numpy as np

        target = column(self.integers, self.output, outputs) + self.before
        taps: np.ndarray = np.arange(self.kernel).astype(self.integers)[None, :] * self.dilation
        source, beside = (target - taps) // self.stride, (target - taps) % self.stride
        inside = (beside == 0) & (source >= 0) & (source < self.padded)
        return np.where(inside, self._held(source - self.around[0], self.n), -1).astype(np.int64)

    def reads(self, output: int) -> list[int]:
        """Return the input element that one output gets through each tap, -1 for none; without NumPy."""
        places = [divmod(output + self.before - tap * self.dilation, self.stride) for tap in range(self.kernel)]
        sources = self._holds([source - self.around[0] for source, _ in places], self.n)
        inside = [beside == 0 and 0 <= source < self.padded for source, beside in places]
        return [source if here else -1 for source, here in zip(sources, inside)]

    def elements(self) -> set[int]:
        """Return the input elements that are read at all; without NumPy."""
        reach = range(0, self.effective, self.dilation)
        starts = [(place, place * self.stride - self.before) for place in range(self.padded)]
        written = [place for place, start in starts if any(0 <= start + tap < self.output for tap in reach)]
        return set(self._holds([place - self.around[0] for place in written], self.n)) - {-1}

    def invalid(self, name: str) -> str:
        """Return the reason why this axis, called ``name``, has no answer; empty if it has one."""
        if self.n < 1:
            return f"the input is empty along the {name}"
        if too_few := self._too_few(name, max(self.around)):
            return too_few
        return f"nothing is left of the {name}: {self.formula()}" if self.output < 1 else ""


def transposed_same(stride: int, effective: int, output_padding: int) -> tuple[int, int]:
    """Return the (before, after) that ``same`` crops from the output so that n*s elements are left, the odd one after.

    If the windows are narrower than the stride, zeros are added at the end instead (Keras and XLA agree).
    """
    total = effective + output_padding - stride
    return (total // 2, total - total // 2) if total >= 0 else (0, total)


class ConvTranspose(Operation):
    """The adjoint of a convolution: each input element is written to the outputs that would have read it."""

    words = "transposed "
    adjoint = True
    parameters = ("groups", "input_padding", "output_padding", "padding_mode")
    weights = "in, out / groups"

    def axis(self, layer: Layer, i: int) -> Axis:
        n, kernel, stride, dilation = layer.input[i], layer.kernel[i], layer.stride[i], layer.dilation[i]
        extra = layer.output_padding[i] if layer.output_padding else 0
        crops = _crops(layer, i, dilation * (kernel - 1) + 1, extra)
        around = layer.input_padding[i] if layer.input_padding else (0, 0)
        return TransposedAxis(n, kernel, *crops, stride, dilation, layer.modes[i], extra, around)

    def plain(self, n: int, kernel: int, stride: int, dilation: int) -> Axis:
        return TransposedAxis(n, kernel, 0, 0, stride, dilation)

    def weights_shape(self, layer: Layer) -> tuple[int, ...]:
        return (layer.in_channels, layer.out_channels // max(layer.groups, 1), *layer.kernel)

    def places(self, layer: Layer, output: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(n + sum(pad) for n, pad in zip(layer.input, layer.input_padding or ((0, 0),) * len(layer.input)))

    def first_group(self, layer: Layer, x: np.ndarray, w: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        assert w is not None
        each = layer.in_channels // layer.groups
        return x[:1, :each], w[:each, :1]

    def formula(self, layer: Layer) -> str:
        extent, where = self.extent(layer)
        more = " + output padding" if any(layer.output_padding or ()) else ""
        return f"(n - 1)s - p + {extent}{more}{where}"

    def about(self, layer: Layer) -> list[str]:
        lines = ["p is the total that is cropped from both sides of the output. Elements count from 1."]
        if layer.input_padding is not None:
            lines += ["n includes the padding of the input.", *mode_sentences(layer.modes)]
        return lines

    def evaluate(self, layer: Layer, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
        """Return (N, O, *output) for x (N, C, *spatial) and w (C, O/groups, *kernel).

        This pads the input, then adds it, once per kernel tap, to a strided slice of the output before anything is
        cropped from it.
        """
        import numpy as np

        from .windows import padded

        assert w is not None
        groups = layer.groups
        for i, axis in enumerate(axes):
            assert isinstance(axis, TransposedAxis)
            x = padded(x, 2 + i, axis.around, axis.mode)
        (batch, channels), sizes = x.shape[:2], x.shape[2:]
        x = x.reshape((batch, groups, channels // groups, int(np.prod(sizes))))
        w = w.reshape((groups, channels // groups) + w.shape[1:])
        whole = tuple((n - 1) * axis.stride + axis.effective for n, axis in zip(sizes, axes))
        result = np.zeros((batch, groups, w.shape[2]) + whole)
        for tap in np.ndindex(*(axis.kernel for axis in axes)):
            target = tuple(
                slice(t * axis.dilation, t * axis.dilation + (n - 1) * axis.stride + 1, axis.stride)
                for t, n, axis in zip(tap, sizes, axes)
            )
            part = np.swapaxes(w[(slice(None),) * 3 + tap], 1, 2) @ x
            result[(slice(None),) * 3 + target] += part.reshape(part.shape[:3] + sizes)
        result = result.reshape((batch, groups * w.shape[2]) + whole)
        for i, axis in enumerate(axes):
            assert isinstance(axis, TransposedAxis)
            at_end = axis.output_padding - axis.after
            more = [(0, 0)] * result.ndim
            more[2 + i] = (max(-axis.before, 0), max(at_end, 0))
            result = np.pad(result, more)
            keep = slice(max(axis.before, 0), result.shape[2 + i] - max(-at_end, 0))
            result = result[(slice(None),) * (2 + i) + (keep,)]
        return result

    def evaluate_at(
        self, layer: Layer, axes: tuple[Axis, ...], place: tuple[int, ...], x: np.ndarray, w: np.ndarray | None
    ) -> float:
        from .windows import gather

        assert w is not None
        example, channel, *output = place
        each = x.shape[1] // layer.groups
        group, filter_ = divmod(channel, w.shape[1])
        channels = slice(group * each, (group + 1) * each)
        window, taps = gather(x[example, channels], axes, tuple(output))
        return float((window * w[channels][:, filter_][(slice(None), *taps)]).sum())


def _crops(layer: Layer, i: int, effective: int, output_padding: int) -> tuple[int, int]:
    """Return the (before, after) that is cropped from the output along an axis."""
    if not isinstance(layer.padding, str):
        return layer.padding[i]
    before, after = transposed_same(layer.stride[i], effective, output_padding)
    return {"valid": (0, 0), "same": (before, after), "same_lower": (max(after, 0), min(before, after))}[layer.padding]


CONV_TRANSPOSE = ConvTranspose()
