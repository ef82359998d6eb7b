"""The elements that a layer reads, by arithmetic or by measurement, as figures draw them.

Pure: nothing here needs NumPy or Matplotlib.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...adapters.expression import Reading
from ...adapters.registry import NAMES, title
from ...adapters.spelling import Inexpressible
from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
from ...cases.errors import InputError
from ...cases.operations.adaptive import AdaptiveAxis
from ...cases.operations.axis import Axis
from ...cases.text import printable
from ..findings.predicted import predictions
from ..verdicts.verdict import Verdict

LARGEST = 2**20  # pairs of an output and a tap along an axis


@dataclass(frozen=True)
class Along:
    """One axis of ``size`` elements: for each output, the place that it reads through each tap.

    A place outside 0 to size - 1 is in the padding; None is padding, or nothing, that has no place.
    """

    size: int
    windows: tuple[tuple[int | None, ...], ...]

    def inside(self, output: int) -> list[int]:
        """Return the elements of the input that an output reads, in the order of the taps."""
        return [place for place in self.windows[output] if place is not None and 0 <= place < self.size]

    def counts(self) -> list[int]:
        """Return how often each element is read: the number of pairs of an output and a tap that read it."""
        found = Counter(element for output in range(len(self.windows)) for element in self.inside(output))
        return [found[element] for element in range(self.size)]

    @property
    def extent(self) -> tuple[int, int]:
        """The first place of the padded axis, and the one after its last."""
        places = [place for window in self.windows for place in window if place is not None]
        return min([0, *places]), max([self.size, *(place + 1 for place in places)])


@dataclass(frozen=True)
class Side:
    """What one layer reads along each axis of its input; ``name`` says whose it is, and ``line`` is its source."""

    name: str
    along: tuple[Along, ...]
    line: str = ""
    transposed: bool = False

    @property
    def output(self) -> tuple[int, ...]:
        """The spatial sizes of the output."""
        return tuple(len(one.windows) for one in self.along)

    @property
    def input(self) -> tuple[int, ...]:
        """The spatial sizes of the input."""
        return tuple(one.size for one in self.along)

    def same(self, other: Side) -> list[list[bool]]:
        """Return, along each axis and for each output that both have, whether the two read the same elements."""
        return [
            [sorted(one.inside(i)) == sorted(two.inside(i)) for i in range(min(len(one.windows), len(two.windows)))]
            for one, two in zip(self.along, other.along, strict=True)
        ]


def first_other(same: list[list[bool]]) -> tuple[int, ...] | None:
    """Return the first output, in row-major order, that two sides make from other elements; None if there is none."""
    for axis in reversed(range(len(same))):
        if False in same[axis]:
            return (*(0 for _ in same[:axis]), same[axis].index(False), *(0 for _ in same[axis + 1 :]))
    return None


def of_case(case: Case, name: str = "requested", line: str = "") -> Side:
    """Return what a case reads, by arithmetic. Raise InputError for a case without an output."""
    found = axes(case)
    if isinstance(found, Invalid):
        raise InputError([f"{printable(line or case.describe(), 100)} has no output to draw: {found.reason}"])
    return Side(name, tuple(map(_of_axis, found)), line, any(axis.adjoint for axis in found))


def of_reading(reading: Reading, line: str) -> Side:
    """Return what a line of source reads. Raise InputError for a line without an output."""
    if reading.refusal:
        raise InputError([f"{printable(line, 100)} has no output to draw: {reading.refusal}"])
    return of_case(reading.case, f"{reading.framework} (predicted)" if reading.framework else "requested", line)


def predicted(case: Case, adapter: str) -> Side:
    """Return what the line that people write for a case in an adapter's framework reads, by prediction.

    Raise InputError if there is no such line, or it has no output.
    """
    (found,) = predictions(case, adapters=[adapter])
    reading, spelling = found.prediction.reading, found.prediction.spelling
    if isinstance(spelling, Inexpressible):
        raise InputError([f"{title(adapter)} has no line for {case.describe()}: {spelling.reason}"])
    if reading is None:
        raise InputError([f"{title(adapter)}: nothing is predicted of {printable(spelling.source, 100)}"])
    if reading.refusal:
        raise InputError([f"{title(adapter)}: {printable(spelling.source, 100)} has no output: {reading.refusal}"])
    return of_case(reading.case, predicted_name(adapter), found.written)


def predicted_name(adapter: str) -> str:
    """Return the name of an adapter's framework whose lines are predicted, with the adapter where it has several."""
    several = [title(name) for name in NAMES].count(title(adapter)) > 1
    return f"{title(adapter)} ({adapter}, predicted)" if several else f"{title(adapter)} (predicted)"


def measured(row: Verdict) -> Side:
    """Return what a row of a report was measured to read. Raise InputError where that is not known."""
    maps, environment = row.maps, row.environment
    name = " ".join(filter(None, [environment.label, environment.shown_version]))
    if not maps:
        why = row.reason or "its elements were not measured"
        raise InputError([f"{row.case.id} in {printable(name, 60)}: nothing to draw: {printable(why, 300)}"])
    adjoint = any(axis.adjoint for axis in row.reference.axes)
    found = row.sampling or (None,) * len(maps)
    along = []
    for indices, fit, size in zip(maps, found, row.case.input, strict=True):
        _check(indices.size)
        elements = indices.tolist()
        places: Sequence[Sequence[int | None]]
        straight = fit is not None and fit.before is not None and not adjoint and not row.case.adaptive
        if straight and fit is not None and fit.before is not None:
            taps = range(len(elements[0]) if elements else 0)
            order = list(reversed(taps)) if fit.flipped else list(taps)
            starts = [output * (fit.stride or 1) - fit.before for output in range(len(elements))]
            places = [[start + tap * (fit.dilation or 1) for tap in order] for start in starts]
        else:
            places = [[None] * len(taps) for taps in elements]
        along.append(_along(size, elements, places))
    return Side(f"{name} ({environment.basis})", tuple(along), row.observation.source, adjoint)


def _of_axis(axis: Axis) -> Along:
    _check(axis.output * axis.kernel)
    outputs = range(axis.output)
    places: list[list[int | None]]
    if axis.adjoint or isinstance(axis, AdaptiveAxis):
        places = [[None] * axis.kernel for _ in outputs]
    else:
        starts = [output * axis.stride - axis.before for output in outputs]
        places = [[start + tap * axis.dilation for tap in range(axis.kernel)] for start in starts]
    return _along(axis.n, [axis.reads(output) for output in outputs], places)


def _along(size: int, elements: list[list[int]], places: Sequence[Sequence[int | None]]) -> Along:
    """Return an axis: an element where one is read, else the place in the padding, where that is known."""
    windows = tuple(
        tuple(
            element if element >= 0 else place if place is not None and not 0 <= place < size else None
            for element, place in zip(read, at, strict=False)
        )
        for read, at in zip(elements, places, strict=True)
    )
    return Along(size, windows)


def _check(pairs: int) -> None:
    if pairs > LARGEST:
        raise InputError([f"the layer is too large to draw: {pairs:,} pairs of an output and a tap along an axis"])
