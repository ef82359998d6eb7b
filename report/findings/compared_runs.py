"""Two lines of source compared by their measurements; a line that was not run counts as predicted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...adapters.prediction import run_by
from ...adapters.registry import held, reader
from ...cases.arithmetic import Invalid, axes
from ...cases.sampling import LARGEST_MAP, largest_map
from ...cases.text import printable
from ..verdicts.computed import Comparison, Computed
from ..verdicts.foresight import MODEL, parted
from ..verdicts.verdict import Verdict
from .compared import Compared, Line

ENDS = {"crashed": "it crashes", "timed out": "it does not end in time", "out of memory": "it runs out of memory"}
Maps = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class UnrunLine(Line):
    """A line that was not run, and why."""

    why: str = ""

    @property
    def told(self) -> str:
        return f"predicted, as {self.why}" if self.why else "predicted"


@dataclass(frozen=True, kw_only=True)
class MeasuredLine(Line):
    """A line that was run, and the row of its measurement, which is compared with the case that it was run on."""

    row: Verdict
    basis = "measured"

    @property
    def told(self) -> str:
        """The environment in which it was measured."""
        return f"measured in {printable(self.row.environment.label, 40)} {self.row.environment.version}"

    @property
    def refusal(self) -> str:
        seen = self.row.observation
        return "" if seen.outcome == "ran" else printable(ENDS.get(seen.outcome) or seen.error, 600)

    @property
    def shape(self) -> tuple[int, ...] | None:
        return self.row.shape if self.row.observation.outcome == "ran" else None

    @property
    def unforeseen(self) -> str:
        """The prediction for the line, where the measurement differs from it; else empty."""
        model = MODEL.format(held(reader(self.reading.framework)))
        reading = run_by(self.row.environment.adapter, self.reading)
        return parted(self.row.case, reading, self.row.verdict, self.row.observation, model)

    def to_json(self) -> dict[str, Any]:
        environment = self.row.environment
        measured = {"environment": environment.label, "version": environment.version}
        return {**super().to_json(), **measured, "unforeseen": self.unforeseen or None}


@dataclass(frozen=True)
class _Did:
    """The result of a line on the input and weights of the first: its verdict, its output, and its elements."""

    verdict: str
    shape: tuple[int, ...] | None  # None if it has no output
    dtype: str
    maps: Maps | None
    digest: str = ""


class MeasuredComparison(Compared):
    """Two lines on one input, compared by the measurement of each; where one was not run, by its prediction."""

    def __init__(self, predicted: Compared, first: Line, second: Line) -> None:
        super().__init__(first, second, predicted.aside)
        self.predicted = predicted

    @cached_property
    def verdict(self) -> str:
        first, second = map(self._did, (self.first, self.second))
        if first.shape is None:
            return "agrees" if second.shape is None else "accepts"
        if self.other_kind:
            return "shape"
        return "rejects" if second.shape is None else self._difference(first, second)

    @property
    def unforeseen(self) -> dict[str, str]:
        """The prediction for each line, ``first`` and ``second``, whose measurement differs from it."""
        lines = {"first": self.first, "second": self.second}
        parts = {name: line.unforeseen for name, line in lines.items() if isinstance(line, MeasuredLine)}
        return {name: said for name, said in parts.items() if said}

    @property
    def reason(self) -> str:
        if self.same or self._foreseen or not isinstance(self.second, MeasuredLine):
            return "" if self.same else self.predicted.reason
        return self.second.row.reason.removeprefix("it ")

    @property
    def sizes(self) -> str:
        return self.predicted.sizes if self._foreseen else ""

    def lines(self) -> Iterator[str]:
        yield from super().lines()
        for name, said in self.unforeseen.items():
            yield f"Unforeseen, of the {name}: {said}"

    @property
    def _foreseen(self) -> bool:
        """Whether everything that was measured is as predicted."""
        return not self.unforeseen and self.verdict == self.predicted.verdict

    def _did(self, line: Line) -> _Did:
        if isinstance(line, MeasuredLine):
            seen = line.row.observation
            shape = seen.shape if seen.outcome == "ran" else None
            return _Did(line.row.verdict, shape, seen.dtype, line.row.maps, seen.digest)
        reading = line.reading
        asked = reading.case if self.other_kind else self.first.reading.case
        found = Comparison(asked, Computed.by(reading))
        computed, maps = axes(reading.case), None
        if not isinstance(computed, Invalid) and largest_map(computed) <= LARGEST_MAP:
            maps = tuple(axis.sampling()[:, :: -1 if reading.mirrored else 1] for axis in computed)
        return _Did(found.verdict, found.shape, reading.case.dtype, maps)

    def _difference(self, first: _Did, second: _Did) -> str:
        """Return the verdict on the second, if both have an output: by shape, elements read and numbers."""
        if first.verdict == "agrees":
            found = second.verdict
        elif second.verdict == "agrees":
            found = first.verdict
        elif first.shape != second.shape:
            found = "shape"
        elif first.maps and second.maps and not self._alike(first.maps, second.maps):
            found = "shifted"
        else:
            found = "values" if first.digest and second.digest and first.digest != second.digest else "agrees"
        return "values" if found == "agrees" and first.dtype != second.dtype else found

    def _alike(self, one: Maps, other: Maps) -> bool:
        asked = axes(self.first.reading.case)
        if isinstance(asked, Invalid):
            return True
        return all(axis.alike(a, b) for axis, a, b in zip(asked, one, other, strict=True))
