"""Output size and sampling of a layer, per axis, in exact integers.

Conventions: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (arXiv:1603.07285);
``same`` is XLA's (the odd pad goes after). Per axis: input size n, kernel k, padding (before, after), stride s,
dilation d, effective kernel e = d(k-1)+1. No adapter uses this module: it is one side of the comparison.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .case import Case

OPS = ("conv", "conv_transpose", "max_pool", "avg_pool")
DTYPES = ("float32", "float64", "float16", "bfloat16")
PADDING_WORDS = ("valid", "same", "same_lower", "causal")
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
POOLS = ("max_pool", "avg_pool")
# Parameters that only some operations have: which, the value that asks for nothing, and why.
BELONGS_TO: dict[str, tuple[tuple[str, ...], object, str]] = {
    "groups": (("conv", "conv_transpose"), 1, "a pool has no groups"),
    "output_padding": (("conv_transpose",), None, "only conv_transpose has it"),
    "ceil_mode": (POOLS, False, "only pools have it"),
    "count_include_pad": (("avg_pool",), None, "only avg_pool has it"),
    "padding_mode": (("conv",), "zeros", "only conv has modes other than zeros"),
}
AXIS_NAMES = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}


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
        return f"({self.n}-{self.effective}{_signed(self.before + self.after)}+{self.stride})/{self.stride}"

    def sampling(self, outputs: Sequence[int] | None = None) -> np.ndarray:
        """Which input element each output reads through each tap: int64 (output, k), -1 where it is padding.

        Of all outputs, or of those given. Output o reads, through tap t, input o*s - before + t*d; outside the input,
        what the padding mode puts there.
        """
        starts = _column(self._integers, self.output, outputs) * self.stride - self.before
        source: np.ndarray = starts + np.arange(self.kernel).astype(self._integers)[None, :] * self.dilation
        if self.mode == "replicate":
            source = np.clip(source, 0, self.n - 1)
        elif self.mode == "circular":
            source = source % self.n
        elif self.mode == "reflect":
            source = self.n - 1 - np.abs(self.n - 1 - np.abs(source))
        else:
            source = np.where((source >= 0) & (source < self.n + min(self.after, 0)), source, -1)
        return source.astype(np.int64)

    @property
    def _integers(self) -> type:
        """What positions are computed in: Python's own integers where 64 bits would not hold them."""
        numbers = (self.n, self.kernel, self.before, self.after, self.stride, self.dilation)
        return np.int64 if max(map(abs, numbers)) <= 2**31 else object

    def same_reads(self, measured: np.ndarray) -> bool:
        """Whether a measured map (output, taps) is this axis's sampling."""
        return self.alike(self.sampling(), measured)

    @staticmethod
    def alike(one: np.ndarray, other: np.ndarray) -> bool:
        """Whether two maps (output, taps) say that the same elements are read."""
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


@dataclass(frozen=True)
class PoolAxis(Axis):
    """One axis of a pool, whose taps have no weights to tell them apart.

    With ``ceil`` a last window may hang over the far end, unless it would start in the far padding (PyTorch's rule,
    aten/src/ATen/native/Pool.h).
    """

    ceil: bool = False

    @property
    def output(self) -> int:
        """The output size: of a convolution, or in ceil mode rounded up and without windows that start too late."""
        if not self.ceil:
            return super().output
        late = (self.rounded_up - 1) * self.stride - self.before >= self.n + min(self.after, 0)
        return self.rounded_up - late

    @property
    def rounded_up(self) -> int:
        """ceil((n + before + after - e) / s) + 1."""
        return -(-(self.n + self.before + self.after - self.effective) // self.stride) + 1

    @property
    def too_late(self) -> str:
        """Where a window starts that ceil mode does not keep."""
        return "in the padding" if self.after > 0 else "beyond the input"

    def formula(self) -> str:
        """The formula with the numbers in it, and the window that is dropped."""
        if not self.ceil:
            return super().formula()
        dropped = f", less one that starts {self.too_late}: {self.output}" if self.output < self.rounded_up else ""
        inside = f"{self.n}-{self.effective}{_signed(self.before + self.after)}"
        return f"ceil(({inside})/{self.stride})+1 = {self.rounded_up}{dropped}"

    @staticmethod
    def alike(one: np.ndarray, other: np.ndarray) -> bool:
        """Whether each window holds the same elements in two maps (output, taps), in whatever order."""
        if np.array_equal(one, other):
            return True
        width = max(one.shape[1], other.shape[1])
        maps = (np.pad(m, [(0, 0), (0, width - m.shape[1])], constant_values=-1) for m in (one, other))
        sorted_one, sorted_other = (np.sort(m, axis=1) for m in maps)
        return np.array_equal(sorted_one, sorted_other)

    def invalid(self, name: str) -> str:
        """Why this axis, called ``name``, has no answer; empty where it has one."""
        if super().invalid(name):
            return super().invalid(name)
        return f"a window along the {name} holds nothing but padding" if self.lies_in_padding() else ""

    def lies_in_padding(self) -> bool:
        """Whether some window reads no input at all."""
        if self.n < 1 or (self.output - 1) * self.stride - self.before >= self.n + min(self.after, 0):
            return True
        early = range(0, min(self.before, self.output * self.stride), self.stride)  # how far in the padding they start
        if early and self.before > self.dilation * (self.kernel - 1):
            return True
        # Taps further apart than the input is long can step over it; starts repeat modulo the dilation.
        period = self.dilation // math.gcd(self.stride, self.dilation)
        end = self.n + min(self.after, 0)
        return self.dilation > end and any((start - self.before) % self.dilation >= end for start in early[:period])

    def hangs_over(self, output: int) -> int:
        """How many taps of a window lie behind the padded input, which ceil mode alone has."""
        start = output * self.stride - self.before
        inside = -(-(self.n + self.after - start) // self.dilation)
        return max(self.kernel - inside, 0)

    def counted(self, counts_padding: bool) -> np.ndarray:
        """Over how many elements along this axis each window averages: int64 (output,).

        Those of the input, or of the padded input; never what hangs over its end.
        """
        if not counts_padding:
            inside: np.ndarray = (self.sampling() >= 0).sum(axis=1)
            return inside
        taps: np.ndarray = np.arange(self.kernel).astype(self._integers)[None, :] * self.dilation
        positions = _column(self._integers, self.output, None) * self.stride - self.before + taps
        counts: np.ndarray = (positions < self.n + self.after).sum(axis=1)
        return counts


@dataclass(frozen=True)
class TransposedAxis(Axis):
    """One axis of a transposed convolution, the adjoint of the window above: its padding crops the output.

    Negative ``before`` and ``after`` add zeros to it; ``output_padding`` does so at the far end.
    """

    output_padding: int = 0

    @property
    def output(self) -> int:
        """(n - 1)s - (before + after) + e + output_padding."""
        return (self.n - 1) * self.stride - (self.before + self.after) + self.effective + self.output_padding

    @property
    def pads(self) -> tuple[int, int]:
        """What is cropped before and after, net of the output padding: below 0, what is added."""
        return self.before, self.after - self.output_padding

    def with_pads(self, before: int, after: int) -> Axis:
        """This axis with other crops and no output padding."""
        return replace(self, before=before, after=after, output_padding=0)

    def formula(self) -> str:
        """The formula with the numbers in it: ``(8-1)*2-2+3+1 = 16``; the 2 is both sides' total."""
        crop = _signed(-(self.before + self.after)) if self.before + self.after else ""
        more = f"+{self.output_padding}" if self.output_padding else ""
        return f"({self.n}-1)*{self.stride}{crop}+{self.effective}{more} = {self.output}"

    def sampling(self, outputs: Sequence[int] | None = None) -> np.ndarray:
        """Which input element each output gets through each tap: int64 (output, k), -1 where it gets none.

        Of all outputs, or of those given. Input i writes, through tap t, output i*s - before + t*d.
        """
        target = _column(self._integers, self.output, outputs) + self.before
        taps: np.ndarray = np.arange(self.kernel).astype(self._integers)[None, :] * self.dilation
        source, beside = (target - taps) // self.stride, (target - taps) % self.stride
        return np.where((beside == 0) & (source >= 0) & (source < self.n), source, -1).astype(np.int64)

    def invalid(self, name: str) -> str:
        """Why this axis has no answer; empty where it has one."""
        if self.n < 1:
            return f"the input is empty along the {name}"
        return f"nothing is left of the {name}: {self.formula()}" if self.output < 1 else ""


def _column(integers: type, count: int, outputs: Sequence[int] | None) -> np.ndarray:
    numbers = np.arange(count) if outputs is None else np.array(outputs)
    return numbers.astype(integers)[:, None]


def _signed(number: int) -> str:
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


def transposed_same(stride: int, effective: int, output_padding: int) -> tuple[int, int]:
    """What ``same`` crops of a transposed convolution's output: n*s are left, the odd one goes after.

    Where the windows are narrower than the stride, zeros are added at the end instead (Keras and XLA agree).
    """
    total = effective + output_padding - stride
    return (total // 2, total - total // 2) if total >= 0 else (0, total)


@dataclass(frozen=True)
class Invalid:
    """Why a case has no output."""

    reason: str


def axes(case: Case) -> tuple[Axis, ...] | Invalid:
    """The axes of a case with their padding in numbers, or why the case has no meaning.

    A window that does not fit, a stride of zero and the like have no output; nor has a pool's window in which there
    is nothing but padding.
    """
    impossible = _impossible(case)
    if impossible:
        return Invalid(impossible)
    result = []
    for i, name in enumerate(AXIS_NAMES[case.rank]):
        axis = _axis(case, i)
        if why := axis.invalid(name):
            return Invalid(why)
        result.append(axis)
    return tuple(result)


def _axis(case: Case, i: int) -> Axis:
    n, kernel, stride, dilation = case.input[i], case.kernel[i], case.stride[i], case.dilation[i]
    effective = dilation * (kernel - 1) + 1
    if case.op == "conv_transpose":
        extra = case.output_padding[i] if case.output_padding else 0
        return TransposedAxis(
            n, kernel, *transposed_padding(case, i, effective, extra), stride, dilation, output_padding=extra
        )
    before, after = (
        word_padding(case.padding, n, effective, stride) if isinstance(case.padding, str) else case.padding[i]
    )
    if case.pools:
        return PoolAxis(n, kernel, before, after, stride, dilation, ceil=case.ceil_mode)
    return Axis(n, kernel, before, after, stride, dilation, case.padding_mode)


def transposed_padding(case: Case, i: int, effective: int, output_padding: int) -> tuple[int, int]:
    """What is cropped from the output of a transposed convolution along an axis."""
    if not isinstance(case.padding, str):
        return case.padding[i]
    before, after = transposed_same(case.stride[i], effective, output_padding)
    return {"valid": (0, 0), "same": (before, after), "same_lower": (max(after, 0), min(before, after))}[case.padding]


def _impossible(case: Case) -> str:
    """Why no input size could give this case an answer; empty where one might."""
    for name, value, known in (
        ("op", case.op, OPS),
        ("dtype", case.dtype, DTYPES),
        ("padding_mode", case.padding_mode, PADDING_MODES),
    ):
        if value not in known:
            return f"{name} is {value!r}"
    for name, (ops, nothing, why) in BELONGS_TO.items():
        if case.op not in ops and getattr(case, name) != nothing:
            return f"{name} is {getattr(case, name)!r}, and {why}"
    if case.rank not in AXIS_NAMES:
        return f"an input of {case.rank} spatial axes"
    lengths = {"kernel": len(case.kernel), "stride": len(case.stride), "dilation": len(case.dilation)}
    if case.output_padding is not None:
        lengths["output_padding"] = len(case.output_padding)
    if not isinstance(case.padding, str):
        lengths["padding"] = len(case.padding)
    elif case.padding not in PADDING_WORDS:
        return f"padding is {case.padding!r}"
    elif case.padding == "causal" and (case.rank != 1 or case.op != "conv"):
        return f"causal padding of a {case.op} along {case.rank} axes"
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
    for name, number in at_least_one.items():
        if number < 1:
            return f"{name} is {number}"
    if case.batch < 0 or min(case.input) < 0:
        return "a size below 0"
    if min(case.output_padding or (0,)) < 0:
        return f"output padding is {min(case.output_padding or (0,))}"
    if case.in_channels % case.groups or case.out_channels % case.groups:
        return f"{case.groups} groups do not divide {case.in_channels} and {case.out_channels} channels"
    if case.pools and case.in_channels != case.out_channels:
        return f"a pool of {case.in_channels} to {case.out_channels} channels"
    return ""
