"""Output size and sampling of a convolution, per axis, in exact integers.

Conventions: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (arXiv:1603.07285);
``same`` is XLA's (the odd pad goes after). Per axis: input size n, kernel k, padding (before, after), stride s,
dilation d, effective kernel e = d(k-1)+1. No adapter uses this module: it is one side of the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .case import Case

OPS = ("conv",)
DTYPES = ("float32",)
PADDING_WORDS = ("valid", "same", "same_lower", "causal")
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


@dataclass(frozen=True)
class Invalid:
    """Why a case has no output."""

    reason: str


def axes(case: Case) -> tuple[Axis, ...] | Invalid:
    """The axes of a case with their padding in numbers, or why the case has no meaning.

    A window that does not fit, a stride of zero and the like have no output.
    """
    impossible = _impossible(case)
    if impossible:
        return Invalid(impossible)
    result = []
    for i, name in enumerate(AXIS_NAMES[case.rank]):
        n, kernel, stride, dilation = case.input[i], case.kernel[i], case.stride[i], case.dilation[i]
        if isinstance(case.padding, str):
            before, after = word_padding(case.padding, n, dilation * (kernel - 1) + 1, stride)
        else:
            before, after = case.padding[i]
        axis = Axis(n, kernel, before, after, stride, dilation)
        if axis.output < 1:
            padded = max(n + before + after, 0)
            return Invalid(f"no window fits: the kernel reaches over {axis.effective}, the padded {name} is {padded}")
        result.append(axis)
    return tuple(result)


def _impossible(case: Case) -> str:
    """Why no input size could give this case an answer; empty where one might."""
    if case.op not in OPS or case.dtype not in DTYPES:
        return f"op is {case.op!r}, dtype {case.dtype!r}"
    if case.rank not in AXIS_NAMES:
        return f"an input of {case.rank} spatial axes"
    lengths = {"kernel": len(case.kernel), "stride": len(case.stride), "dilation": len(case.dilation)}
    if not isinstance(case.padding, str):
        lengths["padding"] = len(case.padding)
    elif case.padding not in PADDING_WORDS:
        return f"padding is {case.padding!r}"
    elif case.padding == "causal" and case.rank != 1:
        return f"causal padding along {case.rank} axes"
    for name, length in lengths.items():
        if length != case.rank:
            return f"{name} has {length} numbers, the input {case.rank} axes"
    at_least_one = {
        "groups": case.groups,
        "in_channels": case.in_channels,
        "out_channels": case.out_channels,
        "kernel": min(case.kernel),
        "stride": min(case.stride),
        "dilation": min(case.dilation),
    }
    for name, value in at_least_one.items():
        if value < 1:
            return f"{name} is {value}"
    if case.batch < 0 or min(case.input) < 0:
        return "a size below 0"
    if case.in_channels % case.groups or case.out_channels % case.groups:
        return f"{case.groups} groups do not divide {case.in_channels} and {case.out_channels} channels"
    return ""


def window(axis: Axis, output: int) -> list[int]:
    """The input elements that one output reads, tap by tap, -1 where it is padding."""
    start = output * axis.stride - axis.before
    indices = (start + tap * axis.dilation for tap in range(axis.kernel))
    return [index if 0 <= index < axis.n else -1 for index in indices]


def sampling(axis: Axis) -> np.ndarray:
    """Which input element each output reads through each tap: int64 of shape (output, k), -1 where it is padding.

    Output o reads, through tap t, input o*s - before + t*d.
    """
    outputs = np.arange(axis.output, dtype=np.int64)[:, None] * axis.stride
    taps = np.arange(axis.kernel, dtype=np.int64)[None, :] * axis.dilation
    source = outputs - axis.before + taps
    return np.where((source >= 0) & (source < axis.n), source, -1)
