"""Max and average pools: their parameters, values and descriptions.

Pure: only the functions that make arrays import NumPy.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from .adaptive import AdaptiveAxis, reduced
from .axis import Axis
from .operation import Layer
from .pool_axis import PoolAxis
from .sliding import SlidingWindow

if TYPE_CHECKING:
    import numpy as np


ADAPTIVE = "The output size o is requested and sets the windows of all n elements. Elements count from 1."


class Pool(SlidingWindow):
    """A window without weights, whose stride is its kernel by default."""

    pools = True
    parameters: ClassVar[tuple[str, ...]] = ("ceil_mode", "output_size")

    def axis(self, layer: Layer, i: int) -> Axis:
        if layer.output_size is not None:
            return AdaptiveAxis(layer.input[i], layer.kernel[i], 0, 0, 1, 1, outputs=layer.output_size[i])
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
        if layer.output_size is not None:
            return "windows from floor(i n / o) to ceil((i + 1) n / o), without their ends"
        extent, where = self.extent(layer)
        return f"ceil((n - {extent} + p) / s) + 1{where}" if layer.ceil_mode else super().formula(layer)


class MaxPool(Pool):
    """The largest element of each window; padding counts as minus infinity."""

    words = "max pool "
    selects = True

    def about(self, layer: Layer) -> list[str]:
        if layer.output_size is not None:
            return [ADAPTIVE]
        return [*super().about(layer), "Padding counts as minus infinity."]

    def evaluate(self, layer: Layer, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
        import numpy as np

        from .windows import pad, windows

        if layer.output_size is not None:
            return reduced(x, axes, -np.inf, np.max)
        x = pad(x, axes, -np.inf)
        result = np.full(x.shape[:2] + tuple(axis.output for axis in axes), -np.inf)
        for _, window in windows(axes):
            np.maximum(result, x[(slice(None),) * 2 + window], out=result)
        return result

    def evaluate_at(
        self, layer: Layer, axes: tuple[Axis, ...], place: tuple[int, ...], x: np.ndarray, w: np.ndarray | None
    ) -> float:
        window, _ = _gathered(axes, place, x)
        return float(window.max(initial=-math.inf))  # of nothing but padding


class AveragePool(Pool):
    """The mean of each window, over the padded input or the input alone, but never over anything beyond its end.

    With a divisor of its own, it is the sum of each window divided by that number.
    """

    words = "average pool "
    parameters = ("ceil_mode", "count_include_pad", "divisor_override", "output_size")
    divides = True

    def about(self, layer: Layer) -> list[str]:
        if layer.output_size is not None:
            return [ADAPTIVE]
        if layer.divisor_override is not None:
            return [*super().about(layer), f"The sum of each window is divided by {layer.divisor_override}."]
        counted = "counted" if layer.counts_padding else "not counted"
        over = "; elements beyond the end never are" if layer.counts_padding and layer.ceil_mode else ""
        return [*super().about(layer), f"Padding is {counted} in the averages{over}."]

    def evaluate(self, layer: Layer, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
        import numpy as np

        from .windows import pad

        if layer.output_size is not None:
            return reduced(x, axes, 0, np.mean)
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
        count = math.prod(counts)
        return float(window.sum()) / count if count else math.nan


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
