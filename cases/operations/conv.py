"""The convolution (cross-correlation): its parameters, axes, values and descriptions.

Pure: only the functions that make arrays import NumPy.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .axis import Axis
from .operation import Layer
from .sliding import SlidingWindow

if TYPE_CHECKING:
    import numpy as np


class Conv(SlidingWindow):
    """A window that slides over the padded input, with a weight for each of its taps."""

    words = ""
    parameters = ("groups", "padding_mode")
    causal = True
    weights = "out, in / groups"

    def axis(self, layer: Layer, i: int) -> Axis:
        before, after = self.pads(layer, i)
        n, kernel, stride, dilation = layer.input[i], layer.kernel[i], layer.stride[i], layer.dilation[i]
        return Axis(n, kernel, before, after, stride, dilation, layer.modes[i])

    def plain(self, n: int, kernel: int, stride: int, dilation: int) -> Axis:
        return Axis(n, kernel, 0, 0, stride, dilation)

    def weights_shape(self, layer: Layer) -> tuple[int, ...]:
        return (layer.out_channels, layer.in_channels // max(layer.groups, 1), *layer.kernel)

    def first_group(self, layer: Layer, x: np.ndarray, w: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        assert w is not None
        return x[:1, : w.shape[1]], w[:1]

    def evaluate(self, layer: Layer, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
        """Return (N, O, *output) for x (N, C, *spatial) and w (O, C/groups, *kernel).

        This pads (or crops) the input, then adds up one strided slice of it per kernel tap.
        """
        import numpy as np

        from .windows import pad, windows

        assert w is not None
        groups = layer.groups
        x = pad(x, axes, 0)
        batch, channels = x.shape[:2]
        output = tuple(axis.output for axis in axes)
        filters = w.shape[0]
        x = x.reshape((batch, groups, channels // groups) + x.shape[2:])
        w = w.reshape((groups, filters // groups) + w.shape[1:])
        result = np.zeros((batch, groups, filters // groups, math.prod(output)))
        for tap, window in windows(axes):
            patch = x[(slice(None),) * 3 + window].reshape(batch, groups, channels // groups, result.shape[-1])
            result += w[(slice(None),) * 3 + tap] @ patch
        return result.reshape((batch, filters) + output)

    def evaluate_at(
        self, layer: Layer, axes: tuple[Axis, ...], place: tuple[int, ...], x: np.ndarray, w: np.ndarray | None
    ) -> float:
        from .windows import gather

        assert w is not None
        example, channel, *output = place
        first = channel // (w.shape[0] // layer.groups) * w.shape[1]
        window, taps = gather(x[example, first : first + w.shape[1]], axes, tuple(output))
        return float((window * w[channel][(slice(None), *taps)]).sum())


CONV = Conv()
