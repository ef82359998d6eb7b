"""The result of a hunt: its findings, what is known already, and how many layers it took."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..cases.catalog.variations import entry_of
from ..cases.errors import DIVERGES, FAULT, INTERRUPTED
from ..cases.text import count, printable, several
from ..report.findings.sightings import Sighting
from .finding import Finding

FORMAT = 1


@dataclass
class Hunted:
    """The findings of a hunt, twins first. ``known`` are the sightings that expectations explain, by their reason.

    ``drawn`` is the number of random layers, ``run`` that of all layers that were run, and ``seconds`` the time that
    the random layers took. ``faults`` are the reasons why environments could not run, by label.
    """

    seed: int
    labels: tuple[str, ...]
    drawn: int = 0
    run: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    known: dict[str, list[Sighting]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False

    def __str__(self) -> str:
        return "\n".join(self.lines())

    @property
    def rate(self) -> float:
        """Random layers per second, each in all environments, without the time for shrinking."""
        return self.drawn / self.seconds if self.seconds else 0.0

    @property
    def exit_status(self) -> int:
        """0 if nothing was found that is not known, 1 if something was, 3 if an environment could not run."""
        if self.interrupted:
            return INTERRUPTED
        if self.faults or not self.labels:
            return FAULT
        return DIVERGES if self.findings else 0

    @property
    def headline(self) -> str:
        """The result in one sentence."""
        found = count(len(self.findings), "finding") if self.findings else "nothing new"
        return f"{found} in {count(self.drawn, 'random layer')} ({self.rate:.1f} a second), seed {self.seed}"

    def lines(self) -> Iterator[str]:
        """Yield the result as text, line by line."""
        yield f"{self.headline}, in {several([printable(label, 40) for label in self.labels])}"
        if self.interrupted:
            yield "stopped before the end"
        for label, message in self.faults.items():
            yield f"error: {printable(label, 40)}: {printable(message, 500)}"
        for one in self.findings:
            yield ""
            yield from one.lines()
        if self.known:
            yield ""
            yield "Seen again, as expected:"
            for reason, seen in self.known.items():
                yield f"  {count(len(seen), 'layer'):>10}  {printable(reason, 300)}"

    def to_json(self) -> dict[str, Any]:
        """Return the content that ``--json`` writes."""
        return {
            "format": FORMAT,
            "seed": self.seed,
            "environments": list(self.labels),
            "layers": self.drawn,
            "layers_run": self.run,
            "seconds": round(self.seconds, 1),
            "interrupted": self.interrupted,
            "faults": dict(self.faults),
            "findings": [one.to_json() for one in self.findings],
            "known": [{"reason": reason, "layers": len(seen)} for reason, seen in self.known.items()],
        }

    def catalog(self) -> str:
        """Return the layers of the findings as a catalog, each followed by its nearest neighbour."""
        about = f"Layers of a hunt with seed {self.seed}, each followed by the nearest one that does not show the same"
        return "\n".join([f"about = {json.dumps(about)}", *_entries(self.findings)]) + "\n"


def _entries(findings: Sequence[Finding]) -> Iterator[str]:
    for one in findings:
        for name, case in ((one.name, one.case), (f"{one.name}-beside", one.neighbour)):
            if case is None:
                continue
            yield ""
            if case is one.case:
                why = printable(one.sighting.row.reason, 300)
                yield f"# {printable(one.kind)} in {several(list(one.labels))}: {why}"
            else:
                yield f"# not with {one.change}"
            yield "[[case]]"
            entry = {"id": name, **entry_of(case), **({"hostile": True} if case.hostile else {})}
            yield from (f"{key} = {json.dumps(value)}" for key, value in entry.items())
