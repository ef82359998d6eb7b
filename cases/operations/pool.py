"""Max and average pools: their parameters, axes, values and descriptions.

Pure: only the functions that make arrays import NumPy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .axis import Axis, column, signed
from .operation import Layer
from .sliding import SlidingWindow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np


@dataclass(frozen=True)
class PoolAxis(Axis):
    """One axis of a pool. Its taps have no weights, so they cannot be told apart.

    With ``ceil``, a last window may extend beyond the far end, unless it would start in the far padding (PyTorch's
    rule, aten/src/ATen/native/Pool.h).
    """

    ceil: bool = False

    @property
    def output(self) -> int:
        """The output size: a convolution's, or in ceil mode rounded up, without a last window that starts too late."""
        if not self.ceil:
            return super().output
        last_start = (self.rounded_up - 1) * self.stride - self.before
        starts_too_late = last_start >= self.n + min(self.after, 0)
        return self.rounded_up - 1 if starts_too_late else self.rounded_up

    @property
    def rounded_up(self) -> int:
        """The rounded-up output size, ceil((n + before + after - e) / s) + 1."""
        return -(-(self.n + self.before + self.after - self.effective) // self.stride) + 1

    @property
    def too_late(self) -> str:
        """Where the window starts that ceil mode drops, in words."""
        return "in the padding" if self.after > 0 else "beyond the input"

    def formula(self) -> str:
        """Return the formula with its numbers, and the window that is dropped."""
        if not self.ceil:
            return super().formula()
        dropped = f", less one that starts {self.too_late}: {self.output}" if self.output < self.rounded_up else ""
        inside = f"{self.n}-{self.effective}{signed(self.before + self.after)}"
        return f"ceil(({inside})/{self.stride})+1 = {self.rounded_up}{dropped}"

    @staticmethod
    def alike(one: np.ndarray, other: np.ndarray) -> bool:
        """Return whether each window holds the same elements in two maps (output, taps), in any order."""
        import numpy as np

        if np.array_equal(one, other):
            return True
        width = max(one.shape[1], other.shape[1])
        maps = (np.pad(m, [(0, 0), (0, width - m.shape[1])], constant_values=-1) for m in (one, other))
        sorted_one, sorted_other = (np.sort(m, axis=1) for m in maps)
        return np.array_equal(sorted_one, sorted_other)

    def invalid(self, name: str) -> str:
        """Return the reason why this axis, called ``name``, has no answer; empty if it has one."""
        if super().invalid(name):
            return super().invalid(name)
        return f"a window along the {name} holds nothing but padding" if self.lies_in_padding() else ""

    def lies_in_padding(self) -> bool:
        """Return whether some window reads no input at all."""
        if self.n < 1 or (self.output - 1) * self.stride - self.before >= self.n + min(self.after, 0):
            return True
        early = range(0, min(self.before, self.output * self.stride), self.stride)  # starts of windows in the padding
        if early and self.before > self.dilation * (self.kernel - 1):
            return True
        # Taps that are further apart than the input is long can step over it; starts repeat modulo the dilation.
        period = self.dilation // math.gcd(self.stride, self.dilation)
        end = self.n + min(self.after, 0)
        return self.dilation > end and any((start - self.before) % self.dilation >= end for start in early[:period])

    def hangs_over(self, output: int) -> int:
        """Return how many taps of a window lie beyond the padded input, which only happens in ceil mode."""
        start = output * self.stride - self.before
        inside = -(-(self.n + self.after - start) // self.dilation)
        return max(self.kernel - inside, 0)

    def count(self, output: int, counts_padding: bool) -> int:
        """Return the number of elements along this axis that one window averages over; without NumPy."""
        if not counts_padding:
            return sum(index >= 0 for index in self.reads(output))
        return self.kernel - self.hangs_over(output)

    def counted(self, counts_padding: bool, outputs: Sequence[int] | None = None) -> np.ndarray:
        """Return the number of elements along this axis that each window averages over: int64 (outputs,).

        These are elements of the input, or of the padded input if padding is counted, but never any beyond its end.
        This covers all outputs or only those given.
        """
        import numpy as np

        if not counts_padding:
            inside: np.ndarray = (self.sampling(outputs) >= 0).sum(axis=1)
            return inside
        taps: np.ndarray = np.arange(self.kernel).astype(self.integers)[None, :] * self.dilation
        positions = column(self.integers, self.output, outputs) * self.stride - self.before + taps
        counts: np.ndarray = (positions < self.n + self.after).sum(axis=1)
        return counts


class Pool(SlidingWindow):
    """A window without weights, whose stride is its kernel by default."""

    pools = True
    parameters: ClassVar[tuple[str, ...]] = ("ceil_mode",)

    def axis(self, layer: Layer, i: int) -> Axis:
        before, after = self.pads(layer, i)
        n, kernel, stride, dilation = layer.input[i], layer.kernel[i], layer.stride[i], layer.dilation[i]
        return PoolAxis(n, kernel, before, after, stride, dilation, ceil=layer.ceil_mode)

    def plain(self, n: int, kernel: int, stride: int, dilation: int) -> Axis:
        return PoolAxis(n, kernel, 0, 0, stride, dilation)

    def weights_shape(self, layer: Layer) -> None:
        return None

    def first_group(self, layer: Layer, x: np.ndarray, w: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        return x[:1, :1], None

    def formula(self, layer: Layer) -> str:
        extent, where = self.extent(layer)
        return f"ceil((n - {extent} + p) / s) + 1{where}" if layer.ceil_mode else super().formula(layer)


class MaxPool(Pool):
    """The largest element of each window; padding counts as minus infinity."""

    words = "max pool "
    selects = True

    def about(self, layer: Layer) -> list[str]:
        return [*super().about(layer), "Padding counts as minus infinity."]

    def evaluate(self, layer: Layer, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
        import numpy as np

        from .windows import pad, windows

        x = pad(x, axes, -np.inf)
        result = np.full(x.shape[:2] + tuple(axis.output for axis in axes), -np.inf)
        for _, window in windows(axes):
            np.maximum(result, x[(slice(None),) * 2 + window], out=result)
        return result

    def evaluate_at(
        self, layer: Layer, axes: tuple[Axis, ...], place: tuple[int, ...], x: np.ndarray, w: np.ndarray | None
    ) -> float:
        window, _ = _gathered(axes, place, x)
        return float(window.max())


class AveragePool(Pool):
    """The mean of each window, over the padded input or the input alone, but never over anything beyond its end.

    With a divisor of its own, it is the sum of each window divided by that number.
    """

    words = "average pool "
    parameters = ("ceil_mode", "count_include_pad", "divisor_override")
    divides = True

    def about(self, layer: Layer) -> list[str]:
        if layer.divisor_override is not None:
            return [*super().about(layer), f"The sum of each window is divided by {layer.divisor_override}."]
        counted = "counted" if layer.counts_padding else "not counted"
        over = "; elements beyond the end never are" if layer.counts_padding and layer.ceil_mode else ""
        return [*super().about(layer), f"Padding is {counted} in the averages{over}."]

    def evaluate(self, layer: Layer, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
        import numpy as np

        from .windows import pad

        sums = _sum(pad(x, axes, 0), axes)
        if layer.divisor_override is not None:
            return sums / layer.divisor_override
        counted = pad(np.ones((1, 1) + x.shape[2:]), axes, float(layer.counts_padding), beyond=0)
        averages: np.ndarray = sums / _sum(counted, axes)
        return averages

    def evaluate_at(
        self, layer: Layer, axes: tuple[Axis, ...], place: tuple[int, ...], x: np.ndarray, w: np.ndarray | None
    ) -> float:
        window, output = _gathered(axes, place, x)
        if layer.divisor_override is not None:
            return float(window.sum()) / layer.divisor_override
        pools = [axis for axis in axes if isinstance(axis, PoolAxis)]
        counts = [int(axis.counted(layer.counts_padding, [o])[0]) for axis, o in zip(pools, output)]
        return float(window.sum()) / math.prod(counts)


def _gathered(axes: tuple[Axis, ...], place: tuple[int, ...], x: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
    """Return the elements in the window at one place (n, c, *output), and that output."""
    from .windows import gather

    example, channel, *output = place
    return gather(x[example, channel : channel + 1], axes, tuple(output))[0], tuple(output)


def _sum(padded: np.ndarray, axes: tuple[Axis, ...]) -> np.ndarray:
    import numpy as np

    from .windows import windows

    result = np.zeros(padded.shape[:2] + tuple(axis.output for axis in axes))
    for _, window in windows(axes):
        result += padded[(slice(None),) * 2 + window]
    return result


MAX_POOL, AVERAGE_POOL = MaxPool(), AveragePool()
