"""One axis of a pool: how many windows there are, and how many elements each of them holds.

Pure: only the functions that make arrays import NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .axis import Axis, column, signed

if TYPE_CHECKING:
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
        """The start of the window that ceil mode drops, in words."""
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
