"""Adaptive pools, which are requested by their output size; a global pool has an output of one element along each axis.

Along an axis of n elements, window i of o is floor(i n / o) to ceil((i + 1) n / o), without its end. Windows may
overlap, and their sizes may differ (PyTorch, aten/src/ATen/native/AdaptivePooling.h).

Pure: only the functions that make arrays import NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .axis import Axis
from .pool_axis import PoolAxis

if TYPE_CHECKING:
    import numpy as np


def window(n: int, outputs: int, i: int) -> tuple[int, int]:
    """Return the first element of window ``i``, and the one after its last."""
    return i * n // outputs, -(-(i + 1) * n // outputs)


def largest_windows(input: tuple[int, ...], outputs: tuple[int, ...]) -> tuple[int, ...]:
    """Return the size of the largest window along each axis; 1 where there is none."""
    return tuple(_largest(n, o) if n > 0 and o > 0 else 1 for n, o in zip(input, outputs))


def _largest(n: int, outputs: int) -> int:
    """Return the size of the largest window along an axis.

    With n = q o + r, a window spans q + r / o elements and starts a multiple of g / o into one, with g the greatest
    common divisor of n and o. The latest start, 1 - g / o, makes it reach over q + 1 elements, or q + 2 if r > g.
    """
    whole, rest = divmod(n, outputs)
    if rest == 0:
        return whole
    return whole + (2 if rest > math.gcd(n, outputs) else 1)


@dataclass(frozen=True)
class AdaptiveAxis(PoolAxis):
    """One axis of an adaptive pool, whose ``kernel`` is the size of its largest window.

    A leading pad moves all windows. Taps that a smaller window does not have are -1, as padding is.
    """

    outputs: int = 1

    @property
    def output(self) -> int:
        """The requested output size."""
        return self.outputs

    def formula(self) -> str:
        """Return the sizes of the windows in words."""
        sizes = sorted({self._size(output) for output in range(min(self.outputs, self.n))})
        return f"{self.outputs} windows of {' or '.join(map(str, sizes))}"

    def sampling(self, outputs: Sequence[int] | None = None) -> np.ndarray:
        """Return the input elements that each output reads: int64 (output, k), -1 for none."""
        import numpy as np

        chosen = range(self.outputs) if outputs is None else outputs
        return np.array([self.reads(int(output)) for output in chosen], dtype=np.int64).reshape(-1, self.kernel)

    def reads(self, output: int) -> list[int]:
        """Return the input elements that one output reads, -1 for none; without NumPy."""
        start, end = window(self.n, self.outputs, output)
        places = range(start - self.before, end - self.before)
        found = [place if 0 <= place < self.n else -1 for place in places]
        return found + [-1] * (self.kernel - len(found))

    def invalid(self, name: str) -> str:
        """Return the reason why this axis, called ``name``, has no answer; empty if it has one."""
        return f"the input is empty along the {name}" if self.n < 1 else ""

    def hangs_over(self, output: int) -> int:
        """Return 0: no window extends beyond the input."""
        return 0

    def count(self, output: int, counts_padding: bool) -> int:
        """Return the number of elements along this axis that one window averages over."""
        return self._size(output)

    def counted(self, counts_padding: bool, outputs: Sequence[int] | None = None) -> np.ndarray:
        """Return the number of elements along this axis that each window averages over: int64 (outputs,)."""
        import numpy as np

        return np.array([self._size(int(output)) for output in (range(self.outputs) if outputs is None else outputs)])

    def _size(self, output: int) -> int:
        start, end = window(self.n, self.outputs, output)
        return end - start


def reduced(x: np.ndarray, axes: tuple[Axis, ...], fill: float, reduce: Callable[..., np.ndarray]) -> np.ndarray:
    """Return the values (N, C, *output) of windows of x (N, C, *spatial), reduced along one axis after the other.

    ``fill`` is the value outside of the input, where windows are moved.
    """
    import numpy as np

    for i, axis in enumerate(axes, 2):
        sides = [(0, 0)] * x.ndim
        sides[i] = max(axis.before, 0), max(-axis.before, 0)
        moved = np.moveaxis(np.pad(x, sides, constant_values=fill), i, 0)[max(-axis.before, 0) :]
        ends = [window(axis.n, axis.output, output) for output in range(axis.output)]
        x = np.moveaxis(np.stack([reduce(moved[start:end], axis=0) for start, end in ends]), 0, i)
    return x
