"""Sentences about an axis along which a layer reads other elements than requested.

The difference may be measured or worked out by arithmetic; a subclass of :class:`AxisDifference` knows which. The
sentences count rows and columns from 1, as people do.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from ...cases.axis_sampling import AxisSampling
from ...cases.operations.adaptive import AdaptiveAxis
from ...cases.operations.axis import Axis
from ...cases.operations.pool_axis import PoolAxis
from ...cases.text import MODE_WORDS, UNITS, several, shape_text

GROUPS = 2**12  # axes that differ alike, whose sentence is kept: many layers share a measured difference
TOWARDS = {"depth": ("behind", "before"), "height": ("below", "above"), "width": ("right of", "left of")}


@dataclass(frozen=True, eq=False)
class AxisDifference:
    """An axis along which the elements read are not the requested ones; equal only to itself, since it holds maps."""

    name: str
    asked: Axis
    got: AxisSampling | None
    outputs: int

    @property
    def pads(self) -> tuple[int, int] | None:
        """The measured (before, after) padding, or cropping of a transposed convolution; None where it is unknown."""
        return None if self.got is None else self.got.pads(self.asked.pads)

    @property
    def shift(self) -> int | None:
        """The number of elements by which all windows lie later than requested; None where it is not uniform.

        For a transposed convolution, the number of outputs by which all outputs lie later.
        """
        raise NotImplementedError

    @property
    def unread(self) -> list[int]:
        """The indices of the input elements that the reference reads and the framework does not."""
        raise NotImplementedError

    @property
    def shift_words(self) -> str:
        """The shift in input pixels, such as ``1 px right of``; empty where there is no uniform shift."""
        shift = self.shift or 0
        later, earlier = TOWARDS[self.name]
        return f"{abs(shift)} px {earlier if shift < 0 else later}" if shift else ""

    @property
    def windows(self) -> str:
        """The noun for the shifted things: the windows, or the outputs of a transposed convolution."""
        return "outputs" if self.asked.adjoint else "windows"

    @cached_property
    def sentence(self) -> str:
        """The sentence about this axis as though it were the height, which is the same for axes that differ alike."""
        return _sentence((replace(self, name="height"),), "the requested ones")

    def other_parameters(self) -> list[str]:
        """Return a phrase each for the measured stride, dilation and direction that differ from the requested ones."""
        parts: list[str] = []
        got = self.got
        if got is None:
            return parts
        if got.stride not in (None, self.asked.stride):
            parts.append(f"steps by {got.stride} instead of {self.asked.stride}")
        if got.dilation not in (None, self.asked.dilation):
            parts.append(f"spreads its taps by {got.dilation} instead of {self.asked.dilation}")
        if got.flipped:
            parts.append("applies the kernel mirrored")
        return parts


def sentences(axes: Iterable[AxisDifference], others: str = "the requested ones") -> list[str]:
    """Return the framework's behaviour and the request; axes that differ in the same way share a sentence.

    ``others`` is what the windows are compared with.
    """
    alike: dict[str, list[AxisDifference]] = {}
    for axis in axes:
        alike.setdefault(axis.sentence, []).append(axis)
    return [_sentence(tuple(group), others) for group in alike.values()]


@lru_cache(GROUPS)
def _sentence(group: tuple[AxisDifference, ...], others: str) -> str:
    axis = group[0]
    names = several([other.name for other in group])
    lead = _padding(axis, names)
    if axis.outputs != axis.asked.output:
        lead += ": " + _formulas(axis, _units(group, axis.outputs))
    elif axis.shift:
        lead += f": its {axis.windows} lie {several([other.shift_words for other in group])} {others}"
    parts = [lead, *axis.other_parameters(), *filter(None, [last_window(axis)])]
    if axis.unread:
        verb = "are" if len(group) > 1 or len(axis.unread) > 1 else "is"
        parts.append(f"{_units(group, len(axis.unread))} {ranges(axis.unread)} of the input {verb} never read")
    return "; ".join(parts)


def _padding(axis: AxisDifference, names: str) -> str:
    if isinstance(axis.asked, AdaptiveAxis):
        return f"reads other elements along the {names} than {axis.asked.formula()}"
    asked = shape_text(axis.asked.pads)
    verb = noun = "crops" if axis.asked.adjoint else "pads"
    if axis.got is None:
        return f"reads the {names} in a way that no {noun}, stride and dilation explain; expected {asked}"
    if axis.pads is None:
        return f"reads other elements along the {names}, too few to tell its {noun}; expected {asked}"
    if axis.got.mode != axis.asked.mode and any(axis.pads):
        asked = f"{asked} with {MODE_WORDS[axis.asked.mode]}"
        return f"pads the {names} {shape_text(axis.pads)} with {MODE_WORDS[axis.got.mode]} instead of {asked}"
    if axis.pads == axis.asked.pads:
        return f"{verb} the {names} {asked} as requested"
    return f"{verb} the {names} {shape_text(axis.pads)} instead of {asked}"


def last_window(axis: AxisDifference) -> str:
    """Return whether the last window, which ceil mode adds, is kept, where that is the difference; else empty."""
    if not isinstance(axis.asked, PoolAxis) or not axis.asked.ceil or axis.pads is None:
        return ""
    got = axis.asked.with_pads(*axis.pads)
    floored = replace(axis.asked, ceil=False).output
    if axis.outputs == axis.asked.output - 1 == floored:
        return "leaves out the last window, which hangs over the end"
    if axis.outputs == axis.asked.output + 1 and axis.outputs == axis.asked.rounded_up and got.output < axis.outputs:
        return f"keeps a last window that starts {axis.asked.too_late}"
    return ""


def _formulas(axis: AxisDifference, units: str) -> str:
    if axis.got is not None and axis.pads is not None:
        stride, dilation = axis.got.stride or axis.asked.stride, axis.got.dilation or axis.asked.dilation
        got = replace(axis.asked.with_pads(*axis.pads), stride=stride, dilation=dilation)
        if got.output == axis.outputs:
            return f"{got.formula()} {units} instead of {axis.asked.formula()}"
    return f"{axis.outputs} {units} instead of {axis.asked.formula()}"


def _units(group: Sequence[AxisDifference], count: int) -> str:
    return several([UNITS[axis.name][0 if count == 1 else 1] for axis in group])


def ranges(indices: list[int]) -> str:
    """Return 0-based indices as 1-based ranges, such as ``6 to 8``; of more than three ranges the first three."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    words = [str(low + 1) if low == high else f"{low + 1} to {high + 1}" for low, high in runs[:3]]
    more = f" and {len(runs) - 3} more ranges" if len(runs) > 3 else ""
    return f"{', '.join(words)}{more}"
