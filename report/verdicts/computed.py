"""Two layers compared by arithmetic alone: the verdict, the elements read, and the sizes it holds for.

Nothing is run. One layer is the request, the other what a framework would compute.

Pure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from ...adapters.expression import Reading
from ...cases import arithmetic
from ...cases.arithmetic import AXIS_NAMES, Invalid
from ...cases.axis_sampling import AxisSampling
from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.operations.pool_axis import PoolAxis
from ...cases.operations.table import operation
from ...cases.text import several, shape_text
from .axis_difference import AxisDifference, sentences
from .sizes import by_residue

SHOWN = 128  # outputs at either end and in the middle of an axis whose elements are compared one by one
PERIODS = 6  # strides of input over which a difference has to repeat before it is stated for every size
LARGEST_PERIOD = 64
ALONG = ("kernel", "stride", "dilation", "padding", "padding_mode", "output_padding", "input_padding")
LARGEST_KERNEL = 2**12  # taps, and elements that a dilated kernel spans, above which nothing is worked out one by one


@dataclass(frozen=True)
class Computed:
    """A layer as a framework computes it: the case, whether the kernel is mirrored, and why it raises, if it does.

    ``sizes`` are those of its output, where the case has another output or none.
    """

    case: Case
    mirrored: bool = False
    refusal: str = ""
    sizes: tuple[int, ...] | None = None

    @classmethod
    def by(cls, reading: Reading) -> Computed:
        """Return the computation of a line that was read."""
        return cls(reading.case, reading.mirrored, reading.refusal, reading.sizes)


@dataclass(frozen=True, eq=False)
class Worked(AxisDifference):
    """A difference between two axes, worked out from their numbers."""

    computed: Axis

    @property
    def pads(self) -> tuple[int, int]:
        return self.computed.pads

    @property
    def shift(self) -> int | None:
        alike = (self.computed.kernel, self.computed.stride, self.computed.dilation) == (
            self.asked.kernel,
            self.asked.stride,
            self.asked.dilation,
        )
        flipped = self.got is not None and self.got.flipped
        return self.asked.before - self.computed.before if alike and not flipped else None

    @cached_property
    def unread(self) -> list[int]:
        return list(_unread(self.asked, self.computed))


@dataclass(frozen=True)
class Comparison:
    """A computed layer compared with the requested one, on the input of the request."""

    asked: Case
    got: Computed
    others: str = "the requested ones"  # what the windows are compared with, in sentences

    @cached_property
    def verdict(self) -> str:
        """The verdict, one of those of a measurement."""
        if isinstance(self.asked_axes, Invalid):
            return "agrees" if self.shape is None else "accepts"
        if self.shape is None:
            return "rejects"
        if self.shape != self.expected_shape:
            return "shape"
        if self.axes or self.got.sizes is not None:  # windows that hold nothing are none of the requested ones
            return "shifted"
        return "values" if self.asked.dtype != self.got.case.dtype or self.counts else "agrees"

    @cached_property
    def axes(self) -> tuple[Worked, ...]:
        """The axes along which other elements are read than requested."""
        if isinstance(self.asked_axes, Invalid) or isinstance(self.got_axes, Invalid) or self.got.sizes:
            return ()
        if _reads_nothing(self.asked_axes) and _reads_nothing(self.got_axes):
            return ()  # nothing shows which elements the other axes name
        names = AXIS_NAMES[self.asked.rank]
        return tuple(
            Worked(name, one, sampling_of(other, self.got.mirrored), other.output, other)
            for name, one, other in zip(names, self.asked_axes, self.got_axes, strict=True)
            if not same_reads(one, other, self.got.mirrored)
        )

    @property
    def expected_shape(self) -> tuple[int, ...] | None:
        """The requested shape (N, C, spatial); None if the request has no answer."""
        return _shape(self.asked, self.asked_axes)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The computed shape (N, C, spatial); None if there is no answer."""
        sizes = self.got.sizes
        if sizes is not None and not self.got.refusal:
            return (self.got.case.batch, self.got.case.out_channels, *sizes)
        return _shape(self.got.case, self.got_axes)

    @property
    def error(self) -> str:
        """The error that the computed layer raises; empty if it has an output."""
        return self.got_axes.reason if isinstance(self.got_axes, Invalid) and self.shape is None else ""

    @cached_property
    def counts(self) -> str:
        """An average's treatment of its padding, where that changes a number; else an empty string."""
        asked, got = self.asked, self.got.case
        if (
            not operation(asked.op).divides
            or isinstance(self.asked_axes, Invalid)
            or isinstance(self.got_axes, Invalid)
        ):
            return ""
        if max((*asked.kernel, *got.kernel)) > LARGEST_KERNEL or 0 in (self.shape or ()):
            return ""
        if asked.divisor_override is not None or got.divisor_override is not None:
            return self._divided
        for name, one, other in zip(AXIS_NAMES[asked.rank], self.asked_axes, self.got_axes, strict=True):
            assert isinstance(one, PoolAxis)
            assert isinstance(other, PoolAxis)
            for output in _some(one.output):
                wanted, found = one.count(output, asked.counts_padding), other.count(output, got.counts_padding)
                if wanted != found:
                    does = "counts its padding" if got.counts_padding else "does not count its padding"
                    where = f"divides by {found} instead of {wanted}, in window {output + 1} along the {name}"
                    return f"{does}: {where}"
        return ""

    @property
    def _divided(self) -> str:
        """The divisor of an average, where one of the two has a divisor of its own; empty if both divide alike."""
        if isinstance(self.asked_axes, Invalid) or isinstance(self.got_axes, Invalid):
            return ""
        for i, name in enumerate(AXIS_NAMES[self.asked.rank]):
            for output in _some(self.asked_axes[i].output):
                wanted = _divisor(self.asked, self.asked_axes, i, output)
                found = _divisor(self.got.case, self.got_axes, i, output)
                if wanted != found:
                    return f"divides by {found} instead of {wanted}, in window {output + 1} along the {name}"
        return ""

    @property
    def reason(self) -> str:
        """Why the verdict is not ``agrees``, in one sentence; else an empty string."""
        if self.verdict == "agrees":
            return ""
        if isinstance(self.got_axes, Invalid) and self.shape is None:
            assert self.expected_shape is not None
            return (
                f"raises where the answer has the shape {shape_text(self.expected_shape[2:])}: {self.got_axes.reason}"
            )
        if isinstance(self.asked_axes, Invalid):
            assert self.shape is not None
            return f"returns the shape {shape_text(self.shape[2:])} where there is no answer: {self.asked_axes.reason}"
        if self.axes:
            also = f"; it also {self.counts}" if self.counts else ""
            return "it " + ", and ".join(sentences(self.axes, self.others)) + also
        if self.shape != self.expected_shape:
            shapes = f"{shape_text(self.shape)} (N, C, spatial) instead of {shape_text(self.expected_shape)}"
            return f"returns the shape {shapes}"
        if self.counts:
            return f"it reads the requested elements and {self.counts}"
        return f"it computes in {self.got.case.dtype} instead of {self.asked.dtype}"

    @cached_property
    def sizes(self) -> str:
        """The input sizes at which other elements are read than requested, by residue; empty if nothing can be said."""
        if self.asked.key == self.got.case.key and not self.got.mirrored:
            return ""  # the same at every size
        if isinstance(self.asked_axes, Invalid) or isinstance(self.got_axes, Invalid) or self.got.sizes:
            return ""
        if self.asked.adaptive or self.got.case.adaptive:
            return ""
        statements: dict[str, list[str]] = {}
        for i, name in enumerate(AXIS_NAMES[self.asked.rank]):
            period = 1 if operation(self.asked.op).adjoint else math.lcm(self.asked.stride[i], self.got.case.stride[i])
            if period > LARGEST_PERIOD or self._span(i) > LARGEST_KERNEL:
                return ""
            most = self._span(i) + PERIODS * period
            differs = dict(_differing(_along(self.asked, i), _along(self.got.case, i), self.got.mirrored, most))
            if not differs or not any(differs.values()):
                continue
            first = _first_regular(differs, period)
            if first is None:
                return ""
            residues = {n % period: differs[n] for n in differs if n >= first}
            if not any(residues.values()):
                continue
            words = by_residue(residues, period, self.asked.pools)
            if first > min(differs):
                words += f", from {first} on"
            statements.setdefault(words, []).append(name)
        return "; ".join(text.format(several(names)) for text, names in statements.items())

    def _span(self, i: int) -> int:
        """Return the number of elements along an axis that no dilated kernel of the two exceeds."""
        both = (self.asked, self.got.case)
        return max(case.kernel[i] for case in both) * max(case.dilation[i] for case in both)

    @cached_property
    def asked_axes(self) -> tuple[Axis, ...] | Invalid:
        """The axes of the requested layer, or why it has no answer."""
        return arithmetic.axes(self.asked)

    @cached_property
    def got_axes(self) -> tuple[Axis, ...] | Invalid:
        """The axes of the computed layer, or why it has no answer."""
        return Invalid(self.got.refusal) if self.got.refusal else arithmetic.axes(self.got.case)


def same_reads(one: Axis, other: Axis, mirrored: bool = False) -> bool:
    """Return whether two axes read the same elements, output by output and tap by tap.

    In a pool the order of the taps does not matter. Where an axis has many outputs, those at both ends and in the
    middle are compared: a difference anywhere shows there, since places are linear in the output and the tap. Axes
    with huge kernels are only the same if all their numbers are.
    """
    if one.output != other.output:
        return False
    if one == other and (not mirrored or one.kernel == 1):
        return True
    if one.with_pads(*one.pads) == other.with_pads(*other.pads) and not mirrored:
        return True  # where an output padding is the rest of a crop
    if max(one.kernel, other.kernel) > LARGEST_KERNEL:
        return False
    pools = isinstance(one, PoolAxis)
    for output in _some(one.output):
        wanted, found = one.reads(output), other.reads(output)
        if pools:
            wanted, found = (sorted(index for index in indices if index >= 0) for indices in (wanted, found))
        elif mirrored:
            found = found[::-1]
        if wanted != found:
            return False
    return True


@lru_cache(2**10)  # the frameworks whose line is alike leave out alike, and so do the axes of a square
def _unread(asked: Axis, computed: Axis) -> tuple[int, ...]:
    """Return the elements that one axis reads and the other does not; none where there are too many to say."""
    if max(axis.output * axis.kernel for axis in (asked, computed)) > 2**16:
        return ()
    return tuple(sorted(asked.elements() - computed.elements()))


def _reads_nothing(axes: tuple[Axis, ...]) -> bool:
    """Return whether every window of one of the axes lies in padding; windows of huge kernels are taken not to."""
    small = [axis for axis in axes if axis.kernel <= LARGEST_KERNEL]
    return any(all(index < 0 for o in _some(axis.output) for index in axis.reads(o)) for axis in small)


def sampling_of(axis: Axis, mirrored: bool) -> AxisSampling:
    """Return the sampling of an axis as a measurement would give it, with its trailing pad known."""
    before, after = axis.pads
    return AxisSampling(before, (after, after), axis.stride, axis.dilation, mirrored, axis.mode)


def _some(outputs: int) -> Iterator[int]:
    """Yield the outputs of an axis, or of many those at both ends and in the middle."""
    if outputs <= 3 * SHOWN:
        yield from range(outputs)
        return
    middle = outputs // 2
    yield from range(SHOWN)
    yield from range(middle, middle + SHOWN)
    yield from range(outputs - SHOWN, outputs)


def _divisor(case: Case, axes: tuple[Axis, ...], i: int, output: int) -> int:
    """Return the divisor of an average at an output along axis ``i``, in the middle of the other axes."""
    if case.divisor_override is not None:
        return case.divisor_override
    places = [output if j == i else axis.output // 2 for j, axis in enumerate(axes)]
    pools = [axis for axis in axes if isinstance(axis, PoolAxis)]
    return math.prod(axis.count(place, case.counts_padding) for axis, place in zip(pools, places, strict=True))


def _shape(case: Case, axes: tuple[Axis, ...] | Invalid) -> tuple[int, ...] | None:
    if isinstance(axes, Invalid):
        return None
    return (case.batch, case.out_channels, *(axis.output for axis in axes))


def _along(case: Case, i: int) -> Case:
    """Return axis ``i`` of a layer that is not adaptive as a layer with that axis alone, on one element."""

    same: dict[str, Any] = {"batch": 1, "in_channels": 1, "out_channels": 1, "groups": 1, "dtype": "float32"}
    along = {name: getattr(case, name) for name in ALONG}
    axis: dict[str, Any] = {name: value[i : i + 1] for name, value in along.items() if isinstance(value, tuple)}
    return replace(case, input=(1,), hostile=False, id="", **same, **axis)


@lru_cache(2**8)  # the axes of a layer are often alike, and so are the lines of frameworks; the size has no part in it
def _differing(asked: Case, got: Case, mirrored: bool, most: int) -> tuple[tuple[int, bool], ...]:
    """Return, for input sizes up to ``most`` at which two layers of one axis have an answer, whether they differ."""
    found = []
    for n in range(1, most + 1):
        one, other = (operation(case.op).axis(case.on((n,)), 0) for case in (asked, got))
        if not one.invalid("") and not other.invalid(""):
            found.append((n, not same_reads(one, other, mirrored)))
    return tuple(found)


def _first_regular(differs: dict[int, bool], period: int) -> int | None:
    """Return the first size from which every size behaves as its residue does; None if no size does for long enough."""
    sizes = sorted(differs)
    first = sizes[-1]
    for n in reversed(sizes):
        if n + period in differs and differs[n + period] != differs[n]:
            break
        first = n
    return first if sizes[-1] - first >= period else None
