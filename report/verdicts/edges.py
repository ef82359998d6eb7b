"""The measured treatment of padding by a pool: the value that padding has, and the divisors of an average."""

from __future__ import annotations

from ...cases.arithmetic import AXIS_NAMES
from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.reference import Reference
from ...cases.text import UNITS
from ..results.observation import Observation, Sampling
from .counts import by_padding, divisors, first_other, full_windows
from .judging import fitted
from .numbers import COUNTED, NOT_COUNTED, WHOLE, counts_otherwise


def treatment(case: Case, reference: Reference, observation: Observation) -> str:
    """Return how a pool treats its padding, where that differs from the request; else an empty string.

    Where the windows themselves lie elsewhere, return how the pool treats the padding in those windows.
    """
    sampling = observation.sampling
    if sampling is None or reference.answer is None or not case.pools:
        return ""
    axes = _axes_read(reference.axes, sampling)
    if axes is None:
        return ""
    if sampling.pad_value is not None:
        return f"treats padding as {sampling.pad_value:g} where it had to be ignored"
    names = AXIS_NAMES[case.rank]
    if sampling.uneven is not None:
        axis, output, element, times = sampling.uneven
        unit = UNITS[names[axis]][0]
        where = f"{unit} {element + 1} of the input {times:g} times in window {output + 1}"
        return f"counts {where}: it repeats the edge {counts_otherwise(case)}"
    if sampling.divisors is None:
        return ""
    asked = divisors(case, axes)
    other = first_other(sampling.divisors, asked)
    if other is None:
        return ""
    i, output = other
    example = f"by {sampling.divisors[i][output]:g} instead of {asked[i][output]:g}, in window {output + 1}"
    return f"{_how_counted(case, axes, sampling.divisors)}: divides {example} along the {names[i]}"


def _axes_read(asked: tuple[Axis, ...], sampling: Sampling) -> tuple[Axis, ...] | None:
    """Return the axes with the measured pads; None where pads alone do not determine which elements were read."""
    if not (sampling.separable and sampling.exact):
        return asked
    axes = []
    for axis, found, indices in zip(asked, fitted(asked, sampling), sampling.maps, strict=True):
        if not axis.alike(axis.sampling(), indices):
            pads = None if found is None else found.pads(axis.pads)
            if pads is None or not axis.alike(axis.with_pads(*pads).sampling(), indices):
                return None
            axis = axis.with_pads(*pads)
        axes.append(axis)
    return tuple(axes)


def _how_counted(case: Case, axes: tuple[Axis, ...], measured: tuple[tuple[float, ...], ...]) -> str:
    """Return in words the rule that the measured divisors follow."""
    rules = [
        (NOT_COUNTED, by_padding(axes, False)),
        (COUNTED, by_padding(axes, True)),
        (WHOLE, full_windows(axes)),
    ]
    for words, lines in rules:
        if first_other(measured, lines) is None and [*map(len, measured)] == [*map(len, lines)]:
            return f"{words} {counts_otherwise(case)}"
    return "averages over a different number of elements"
