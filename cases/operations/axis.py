"""One axis of a window that slides over an input, and what padding words amount to, in exact integers.

Conventions: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (arXiv:1603.07285);
``same`` is XLA's (the odd pad goes after). Per axis: input size n, kernel k, padding (before, after), stride s,
dilation d, effective kernel e = d(k-1)+1.

Pure: NumPy is imported by what makes arrays, and by nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import numpy as np

WORDS = ("valid", "same", "same_lower", "causal")
MODES = ("zeros", "reflect", "replicate", "circular")


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
    adjoint: ClassVar[bool] = False  # whether windows are written to, as in a transposed convolution, and not read

    @property
    def effective(self) -> int:
        """The extent of the dilated kernel, d(k-1)+1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def output(self) -> int:
        """floor((n + before + after - e) / s) + 1: the output size, below 1 where no window fits."""
        return (self.n + self.before + self.after - self.effective) // self.stride + 1

    @property
    def pads(self) -> tuple[int, int]:
        """What is put before and after, net: below 0, what is cut off."""
        return self.before, self.after

    def with_pads(self, before: int, after: int) -> Axis:
        """This axis with other pads."""
        return replace(self, before=before, after=after)

    def formula(self) -> str:
        """The textbook's formula with the numbers in it: ``floor((8-5+2+4)/4) = 2``; its p is both sides' total."""
        return f"floor({self._inside()}) = {self.output}"

    def _inside(self) -> str:
        return f"({self.n}-{self.effective}{signed(self.before + self.after)}+{self.stride})/{self.stride}"

    def sampling(self, outputs: Sequence[int] | None = None) -> np.ndarray:
        """Which input element each output reads through each tap: int64 (output, k), -1 where it is padding.

        Of all outputs, or of those given. Output o reads, through tap t, input o*s - before + t*d; outside the input,
        what the padding mode puts there.
        """
        import numpy as np

        starts = column(self.integers, self.output, outputs) * self.stride - self.before
        source: np.ndarray = starts + np.arange(self.kernel).astype(self.integers)[None, :] * self.dilation
        if self.mode == "replicate":
            source = np.clip(source, 0, self.n - 1)
        elif self.mode == "circular":
            source = source % self.n
        elif self.mode == "reflect":
            source = self.n - 1 - np.abs(self.n - 1 - np.abs(source))
        else:
            source = np.where((source >= 0) & (source < self.n + min(self.after, 0)), source, -1)
        return source.astype(np.int64)

    def reads(self, output: int) -> list[int]:
        """Return which input element one output reads through each tap, -1 where it is padding; without NumPy."""
        end = self.n + min(self.after, 0)
        places = [output * self.stride - self.before + tap * self.dilation for tap in range(self.kernel)]
        if self.mode == "replicate":
            return [min(max(place, 0), self.n - 1) for place in places]
        if self.mode == "circular":
            return [place % self.n for place in places]
        if self.mode == "reflect":
            return [self.n - 1 - abs(self.n - 1 - abs(place)) for place in places]
        return [place if 0 <= place < end else -1 for place in places]

    @property
    def integers(self) -> type:
        """What positions are computed in: Python's own integers where 64 bits would not hold them."""
        import numpy as np

        numbers = (self.n, self.kernel, self.before, self.after, self.stride, self.dilation)
        return np.int64 if max(map(abs, numbers)) <= 2**31 else object

    def same_reads(self, measured: np.ndarray) -> bool:
        """Whether a measured map (output, taps) is this axis's sampling."""
        return self.alike(self.sampling(), measured)

    @staticmethod
    def alike(one: np.ndarray, other: np.ndarray) -> bool:
        """Whether two maps (output, taps) say that the same elements are read."""
        import numpy as np

        return np.array_equal(one, other)

    def invalid(self, name: str) -> str:
        """Why this axis, called ``name``, has no answer; empty where it has one."""
        most = {"reflect": max(self.n - 1, 0), "circular": self.n, "replicate": math.inf if self.n else 0}
        if max(self.before, self.after, 0) > most.get(self.mode, math.inf):
            needed = {"reflect": "more elements than that", "circular": "as many elements", "replicate": "an element"}
            pad = max(self.before, self.after)
            return f"{self.mode} padding of {pad} along the {name} takes {needed[self.mode]}, and there are {self.n}"
        if self.output < 1:
            padded = max(self.n + self.before + self.after, 0)
            return f"no window fits: the kernel reaches over {self.effective}, the padded {name} is {padded}"
        return ""


def column(integers: type, count: int, outputs: Sequence[int] | None) -> np.ndarray:
    """Return the outputs, all or those given, as a column of these integers."""
    import numpy as np

    numbers = np.arange(count) if outputs is None else np.array(outputs)
    return numbers.astype(integers)[:, None]


def signed(number: int) -> str:
    """Return a number with its sign, as the next term of a sum."""
    return f"+{number}" if number >= 0 else str(number)


def same_padding(n: int, effective: int, stride: int) -> tuple[int, int]:
    """The (before, after) that XLA's ``SAME`` amounts to: ceil(n/s) outputs, the odd pad after.

    Source: the "SAME" rule of ``tf.nn`` ("Notes on padding") and of ``jax.lax.padtype_to_pads``.
    """
    output = -(-n // stride)
    total = max((output - 1) * stride + effective - n, 0)
    return total // 2, total - total // 2


def word_padding(word: str, n: int, effective: int, stride: int) -> tuple[int, int]:
    """The (before, after) that one of PADDING_WORDS amounts to along one axis.

    ``same_lower`` is ``same`` with the odd pad before (``jax.lax.padtype_to_pads``); ``causal`` pads before alone,
    so that no output reads an input after it (``keras.layers.Conv1D``).
    """
    before, after = same_padding(n, effective, stride)
    return {"valid": (0, 0), "same": (before, after), "same_lower": (after, before), "causal": (effective - 1, 0)}[word]
