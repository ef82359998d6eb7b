"""A finding of a hunt: the smallest layer that shows it, where it ends, and the layers that it explains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..cases.case import Case
from ..cases.catalog.variations import entry_of, features
from ..cases.text import count, printable, several
from ..report.findings.sightings import Sighting
from ..report.findings.words import word

LONGEST = 400  # characters of a reason


@dataclass(frozen=True)
class Edge:
    """The values of one parameter of a layer, its own among them, that show a finding, and those that do not."""

    what: str
    own: Any
    shows: tuple[Any, ...]
    lacks: tuple[Any, ...]

    def __str__(self) -> str:
        if len(self.shows) == 1:
            return f"{self.what} {_text(self.own)} only, not {_ranges(self.lacks)}"
        return f"{self.what} {_ranges(self.shows)}, not {_ranges(self.lacks)}"


@dataclass
class Finding:
    """What one layer shows in one or several environments, the first of them in ``sighting``.

    ``agreeing`` are the environments in which the layer is right. ``neighbour`` is the nearest layer that does not show
    it, with the change to it in words. ``like`` are the features that a layer has to have for it to be explained, as
    alternatives. ``steady`` says whether it showed each time. ``script`` is empty where there is none, and
    ``unscripted`` then says why.
    """

    sighting: Sighting
    labels: tuple[str, ...]
    agreeing: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    neighbour: Case | None = None
    change: str = ""
    like: tuple[frozenset[str], ...] = ()
    steady: bool = True
    times: int = 1
    script: str = ""
    unscripted: str = ""
    name: str = field(default="", compare=False)

    @property
    def case(self) -> Case:
        """The smallest layer that shows it."""
        return self.sighting.case

    @property
    def kind(self) -> str:
        """The kind of its verdict."""
        return self.sighting.kind

    @property
    def against(self) -> str:
        """What it is found against, in words: twins, the model of its framework, or the reference."""
        row = self.sighting.row
        if self.sighting.twins:
            return f"its twin{'' if len(self.sighting.twins) == 1 else 's'} {several(list(self.sighting.twins))}"
        return f"its model ({row.unforeseen})" if row.unforeseen else "the reference"

    def explains(self, sighting: Sighting) -> bool:
        """Return whether a sighting shows the same in a layer that has all that this one needs."""
        if sighting.key != self.sighting.key or sighting.label not in self.labels:
            return False
        has = features(sighting.case)
        return all(alternatives & has for alternatives in self.like or needs(self.case, {}))

    def lines(self) -> Iterator[str]:
        """Yield the finding as text, line by line."""
        row = self.sighting.row
        seen = count(self.times, "layer")
        yield f"{word(self.kind).upper():12} {several(list(self.labels))}, against {printable(self.against)}; {seen}"
        yield f"  {printable(self.case.describe())}"
        if row.observation.source:
            yield f"  {printable(row.observation.source, LONGEST)}"
        if row.reason:
            yield f"  {printable(row.reason, LONGEST)}"
        if not self.steady:
            yield "  it does not show each time"
        if self.neighbour:
            yield f"  not with {self.change}: {printable(self.neighbour.describe())}"
        for edge in self.edges:
            yield f"  {edge}"
        if self.script:
            yield f"  script: {self.name}.py"
        elif self.unscripted:
            yield f"  no script: {printable(self.unscripted, LONGEST)}"

    def to_json(self) -> dict[str, Any]:
        """Return the entry that ``--json`` writes."""
        row = self.sighting.row
        return {
            "name": self.name,
            "environments": list(self.labels),
            "agreeing": list(self.agreeing),
            "twins": list(self.sighting.twins),
            "case": entry_of(self.case),
            "neighbour": entry_of(self.neighbour) if self.neighbour else None,
            "change": self.change or None,
            "edges": [{"what": e.what, "shows": list(e.shows), "lacks": list(e.lacks)} for e in self.edges],
            "layers": self.times,
            "steady": self.steady,
            "script": self.script or None,
            "row": row.to_json(),
        }


def needs(case: Case, variants: Mapping[Case, bool]) -> tuple[frozenset[str], ...]:
    """Return the features that a layer needs to show the same as a case, each with those that may take its place.

    ``variants`` are layers that differ from the case in one value, and whether they show the same.
    """
    own = features(case)
    alternatives = {feature: {feature} for feature in own}
    for variant in (variant for variant, shows in variants.items() if shows):
        lost, gained = own - features(variant), features(variant) - own
        if len(lost) == 1:
            alternatives[next(iter(lost))] |= gained
    return tuple(map(frozenset, alternatives.values()))


def _text(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _ranges(values: tuple[Any, ...]) -> str:
    """Return values in words, such as ``1 to 4 and 7``."""
    numbers = sorted({value for value in values if isinstance(value, int) and not isinstance(value, bool)})
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    rest = [_text(value) for value in values if not isinstance(value, int) or isinstance(value, bool)]
    return several([*told, *rest])
