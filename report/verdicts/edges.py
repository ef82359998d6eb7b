"""The measured treatment of padding by a pool: the value that padding has, and the divisors of an average."""

from __future__ import annotations

import numpy as np

from ...cases.arithmetic import AXIS_NAMES
from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.operations.pool import PoolAxis
from ...cases.reference import Reference
from ...cases.text import UNITS
from ..results.observation import Observation, Sampling
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
    asked = divisors(axes, case.counts_padding)
    for i, (line, wanted) in enumerate(zip(sampling.divisors, asked, strict=True)):
        if len(line) != len(wanted):
            return ""
        wrong = [o for o, (got, want) in enumerate(zip(line, wanted, strict=True)) if abs(got - want) > 0.01 * want]
        if wrong:
            example = f"by {line[wrong[0]]:g} instead of {wanted[wrong[0]]:g}, in window {wrong[0] + 1}"
            return f"{_how_counted(case, axes, sampling.divisors)}: divides {example} along the {names[i]}"
    return ""


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
        (NOT_COUNTED, divisors(axes, False)),
        (COUNTED, divisors(axes, True)),
        (WHOLE, _full_windows(axes)),
    ]
    for words, lines in rules:
        if np.allclose(np.concatenate([*map(np.array, measured)]), np.concatenate(lines), rtol=0.01):
            return f"{words} {counts_otherwise(case)}"
    return "averages over a different number of elements"


def divisors(axes: tuple[Axis, ...], counts_padding: bool) -> list[np.ndarray]:
    """Return the divisors of an average along each axis, at the middle output of the other axes."""
    counts = [axis.counted(counts_padding) for axis in axes if isinstance(axis, PoolAxis)]
    return _lines(counts)


def _full_windows(axes: tuple[Axis, ...]) -> list[np.ndarray]:
    return _lines([np.full(axis.output, axis.kernel) for axis in axes])


def _lines(counts: list[np.ndarray]) -> list[np.ndarray]:
    middle = [count[len(count) // 2] for count in counts]
    return [count * np.prod([m for j, m in enumerate(middle) if j != i]) for i, count in enumerate(counts)]
