"""One axis of a window that slides over an input, and the numbers that padding words stand for, in exact integers.

The conventions are those of V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning"
(arXiv:1603.07285); ``same`` is XLA's (the odd pad goes after). Each axis has an input size n, kernel k, padding
(before, after), stride s, dilation d and effective kernel e = d(k-1)+1.

Pure: only the functions that make arrays import NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import numpy as np

WORDS = ("valid", "same", "same_lower", "causal")
MODES = ("zeros", "reflect", "replicate", "circular", "symmetric")


@dataclass(frozen=True)
class Axis:
    """One axis of a window that slides over an input, with its padding resolved to numbers."""

    n: int
    kernel: int
    before: int
    after: int
    stride: int
    dilation: int
    mode: str = "zeros"
    adjoint: ClassVar[bool] = False  # whether windows are written, as in a transposed convolution, rather than read

    @property
    def effective(self) -> int:
        """The extent of the dilated kernel, d(k-1)+1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def output(self) -> int:
        """The output size, floor((n + before + after - e) / s) + 1; below 1 if no window fits."""
        return (self.n + self.before + self.after - self.effective) // self.stride + 1

    @property
    def padded(self) -> int:
        """The input size with its padding, of which crops take nothing."""
        return self.n + max(self.before, 0) + max(self.after, 0)

    @property
    def pads(self) -> tuple[int, int]:
        """The net padding (before, after); negative numbers crop."""
        return self.before, self.after

    def with_pads(self, before: int, after: int) -> Axis:
        """Return this axis with other pads."""
        return replace(self, before=before, after=after)

    def formula(self) -> str:
        """Return the textbook's formula with its numbers: ``floor((8-5+2+4)/4) = 2``; p is both sides' total."""
        return f"floor({self._inside()}) = {self.output}"

    def _inside(self) -> str:
        return f"({self.n}-{self.effective}{signed(self.before + self.after)}+{self.stride})/{self.stride}"

    def sampling(self, outputs: Sequence[int] | None = None) -> np.ndarray:
        """Return the input element that each output reads through each tap: int64 (output, k), -1 for padding.

        This covers all outputs or only those given. Through tap t, output o reads input o*s - before + t*d; if that is
        outside the input, it reads the element that the padding mode puts there.
        """
        import numpy as np

        starts = column(self.integers, self.output, outputs) * self.stride - self.before
        places: np.ndarray = starts + np.arange(self.kernel).astype(self.integers)[None, :] * self.dilation
        return self._held(places, self.n + min(self.after, 0)).astype(np.int64)

    def _held(self, places: np.ndarray, end: int) -> np.ndarray:
        """Return the input element at each place, also outside the input; -1 for zeros, which are from ``end`` on."""
        import numpy as np

        if self.mode == "replicate":
            places = np.clip(places, 0, self.n - 1)
        elif self.mode == "circular":
            places = places % self.n
        elif self.mode == "reflect":
            places = self.n - 1 - np.abs(self.n - 1 - np.abs(places))
        elif self.mode == "symmetric":
            places = np.where(places < 0, -1 - places, places)
            places = np.where(places < self.n, places, 2 * self.n - 1 - places)
        else:
            places = np.where((places >= 0) & (places < end), places, -1)
        return places

    def reads(self, output: int) -> list[int]:
        """Return the input element that one output reads through each tap, -1 for padding; without NumPy."""
        places = [output * self.stride - self.before + tap * self.dilation for tap in range(self.kernel)]
        return self._holds(places, self.n + min(self.after, 0))

    def elements(self) -> set[int]:
        """Return the input elements that are read at all; without NumPy."""
        return {index for output in range(self.output) for index in self.reads(output)} - {-1}

    def _holds(self, places: list[int], end: int) -> list[int]:
        """Return the same as :meth:`_held`, without NumPy."""
        if self.mode == "replicate":
            return [min(max(place, 0), self.n - 1) for place in places]
        if self.mode == "circular":
            return [place % self.n for place in places]
        if self.mode == "reflect":
            return [self.n - 1 - abs(self.n - 1 - abs(place)) for place in places]
        if self.mode == "symmetric":
            places = [place if place >= 0 else -1 - place for place in places]
            return [place if place < self.n else 2 * self.n - 1 - place for place in places]
        return [place if 0 <= place < end else -1 for place in places]

    @property
    def integers(self) -> type:
        """The dtype that positions are computed in: Python's own integers if 64 bits might overflow."""
        import numpy as np

        numbers = (self.padded, self.kernel, self.before, self.after, self.stride, self.dilation)
        return np.int64 if max(map(abs, numbers)) <= 2**31 else object

    def same_reads(self, measured: np.ndarray) -> bool:
        """Return whether a measured map (output, taps) is this axis's sampling."""
        return self.alike(self.sampling(), measured)

    @staticmethod
    def alike(one: np.ndarray, other: np.ndarray) -> bool:
        """Return whether the same elements are read in two maps (output, taps)."""
        import numpy as np

        return np.array_equal(one, other)

    def invalid(self, name: str) -> str:
        """Return the reason why this axis, called ``name``, has no answer; empty if it has one."""
        if too_few := self._too_few(name, max(self.before, self.after, 0)):
            return too_few
        if self.output < 1:
            padded = max(self.n + self.before + self.after, 0)
            return f"no window fits: the kernel spans {self.effective}, the padded {name} is {padded}"
        return ""

    def _too_few(self, name: str, pad: int) -> str:
        """Return why this axis has too few elements to be padded by so many in its mode; empty if it has enough."""
        most: dict[str, float] = {"reflect": max(self.n - 1, 0), "circular": self.n, "symmetric": self.n}
        most["replicate"] = math.inf if self.n else 0
        if pad <= most.get(self.mode, math.inf):
            return ""
        least = {"reflect": pad + 1, "replicate": 1}.get(self.mode, pad)
        elements = "1 element" if least == 1 else f"{least} elements"
        return f"{self.mode} padding of {pad} along the {name} needs at least {elements}, and there are {self.n}"


def column(integers: type, count: int, outputs: Sequence[int] | None) -> np.ndarray:
    """Return the indices of all ``count`` outputs, or of those given, as a column (outputs, 1) of this dtype."""
    import numpy as np

    numbers = np.arange(count) if outputs is None else np.array(outputs)
    return numbers.astype(integers)[:, None]


def signed(number: int) -> str:
    """Return a number with its sign, to be appended to a sum as a term."""
    return f"+{number}" if number >= 0 else str(number)


def same_padding(n: int, effective: int, stride: int) -> tuple[int, int]:
    """Return the (before, after) of XLA's ``SAME``: ceil(n/s) outputs, with the odd pad after.

    Source: the "SAME" rule of ``tf.nn`` ("Notes on padding") and of ``jax.lax.padtype_to_pads``.
    """
    output = -(-n // stride)
    total = max((output - 1) * stride + effective - n, 0)
    return total // 2, total - total // 2


def word_padding(word: str, n: int, effective: int, stride: int) -> tuple[int, int]:
    """Return the (before, after) that one of WORDS stands for along one axis.

    ``same_lower`` is ``same`` with the odd pad before (``jax.lax.padtype_to_pads``). ``causal`` pads only before, so
    that no output reads a later input (``keras.layers.Conv1D``).
    """
    before, after = same_padding(n, effective, stride)
    return {"valid": (0, 0), "same": (before, after), "same_lower": (after, before), "causal": (effective - 1, 0)}[word]
