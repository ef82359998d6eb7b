"""Output size and sampling of a convolution, per axis, in exact integers.

Conventions: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (arXiv:1603.07285);
``same`` is XLA's (the odd pad goes after). Per axis: input size n, kernel k, padding (before, after), stride s,
dilation d, effective kernel e = d(k-1)+1. No adapter uses this module: it is one side of the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple, Union

import numpy as np

from .case import Case, Pads

PADDING_WORDS = ("valid", "same")
AXIS_NAMES = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}


@dataclass(frozen=True)
class Axis:
    """One axis of a layer applied to an input, with its padding resolved to numbers."""

    n: int
    kernel: int
    before: int
    after: int
    stride: int
    dilation: int

    @property
    def effective(self) -> int:
        """The extent of the dilated kernel, d(k-1)+1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def output(self) -> int:
        """floor((n + before + after - e) / s) + 1: the output size, below 1 where no window fits."""
        return (self.n + self.before + self.after - self.effective) // self.stride + 1

    def formula(self) -> str:
        """The textbook's formula with the numbers in it: ``floor((8-5+2+4)/4) = 2``; its p is both sides' total."""
        total = self.before + self.after
        padding = f"+{total}" if total >= 0 else str(total)
        return f"floor(({self.n}-{self.effective}{padding}+{self.stride})/{self.stride}) = {self.output}"


def same_padding(n: int, effective: int, stride: int) -> Tuple[int, int]:
    """The (before, after) that XLA's ``SAME`` amounts to: ceil(n/s) outputs, the odd pad after.

    Source: the "SAME" rule of ``tf.nn`` ("Notes on padding") and of ``jax.lax.padtype_to_pads``.
    """
    output = -(-n // stride)
    total = max((output - 1) * stride + effective - n, 0)
    return total // 2, total - total // 2


@dataclass(frozen=True)
class Invalid:
    """Why a case has no output."""

    reason: str


def axes(case: Case) -> Union[Tuple[Axis, ...], Invalid]:
    """The axes of a case with their padding in numbers, or why the case has no meaning.

    A window that does not fit, a stride of zero and the like have no output.
    """
    per_axis = [("kernel", case.kernel), ("stride", case.stride), ("dilation", case.dilation)]
    if not isinstance(case.padding, str):
        per_axis.append(("padding", case.padding))  # type: ignore[arg-type]  # only its length is looked at
    if not 1 <= case.rank <= 3:
        return Invalid(f"an input of {case.rank} spatial axes")
    for name, values in per_axis:
        if len(values) != case.rank:
            return Invalid(f"{name} has {len(values)} numbers, the input {case.rank} axes")
    for name, value in [("groups", case.groups), ("in_channels", case.in_channels), ("out_channels", case.out_channels)]:
        if value < 1:
            return Invalid(f"{name} is {value}")
    if case.batch < 0 or min(case.input) < 0:
        return Invalid("a size below 0")
    if case.in_channels % case.groups or case.out_channels % case.groups:
        return Invalid(f"{case.groups} groups do not divide {case.in_channels} and {case.out_channels} channels")
    for name, values in per_axis[:3]:
        if min(values) < 1:
            return Invalid(f"{name} is {min(values)}")
    if isinstance(case.padding, str) and case.padding not in PADDING_WORDS:
        return Invalid(f"padding is {case.padding!r}")

    result = []
    for i, (n, k, s, d) in enumerate(zip(case.input, case.kernel, case.stride, case.dilation)):
        if case.padding == "same":
            before, after = same_padding(n, d * (k - 1) + 1, s)
        elif case.padding == "valid":
            before, after = 0, 0
        else:
            before, after = case.padding[i]  # type: ignore[misc]  # words were dealt with above
        axis = Axis(n, k, before, after, s, d)  # type: ignore[arg-type]
        if axis.output < 1:
            return Invalid(
                f"no window fits: the kernel reaches over {axis.effective}, "
                f"the padded {AXIS_NAMES[case.rank][i]} is {max(n + before + after, 0)}"  # type: ignore[operator]
            )
        result.append(axis)
    return tuple(result)


def pads(case_axes: Tuple[Axis, ...]) -> Pads:
    """The (before, after) of every axis."""
    return tuple((axis.before, axis.after) for axis in case_axes)


def sampling(axis: Axis) -> np.ndarray:
    """Which input element each output reads through each tap: int64 of shape (output, k), -1 where it is padding.

    Output o reads, through tap t, input o*s - before + t*d.
    """
    outputs = np.arange(axis.output, dtype=np.int64)[:, None] * axis.stride
    taps = np.arange(axis.kernel, dtype=np.int64)[None, :] * axis.dilation
    source = outputs - axis.before + taps
    return np.where((source >= 0) & (source < axis.n), source, -1)
