"""The comparison of two models: the differences, their causes, the lines that mend them, and the remaining ones."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...cases.text import count, printable, several
from .units import Unit

SHOWN = 3  # layers that are named where many differ in the same way


@dataclass
class Finding:
    """A layer of the port that differs by itself, or the way to one. ``write`` is empty unless the line was run."""

    port: str
    original: str
    source: str  # the line of the port's code, as FILE:LINE
    layer: str
    kind: str
    cause: str
    alone: float
    chained: float
    write: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the finding as a row of ``--json``."""
        names = ("port", "original", "source", "kind", "cause", "write")
        return {
            **{name: getattr(self, name) for name in names},
            "alone": _number(self.alone),
            "chained": _number(self.chained),
        }


@dataclass
class ComparedModels:
    """Two models on one input: ``differ`` in the port's order, ``harmless`` those that only another input shows."""

    original: str
    port: str
    layers: int
    differ: list[Finding] = field(default_factory=list)
    harmless: list[Finding] = field(default_factory=list)
    unpaired: list[dict[str, str]] = field(default_factory=list)
    later: list[dict[str, Any]] = field(default_factory=list)
    left: int = 0  # findings that are left after mending
    before: float = 0.0  # the largest difference of the outputs, and after mending
    after: float = 0.0

    @property
    def same(self) -> bool:
        """Whether no layer differs."""
        return not self.differ

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as ``--json`` writes it."""
        return {
            "format": 1,
            "layers": self.layers,
            "differ": [finding.to_json() for finding in self.differ],
            "harmless": [finding.to_json() for finding in self.harmless],
            "unpaired": self.unpaired,
            "later": self.later,
            "after": {"differ": self.left, "largest": _number(self.after)},
        }

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterable[str]:
        """Yield the comparison as text, the first difference first."""
        if self.same:
            yield f"none of {count(self.layers, 'layer')} differs by itself; the outputs are {self.before:.2g} apart"
        else:
            verb = "differs" if len(self.differ) == 1 else "differ"
            yield (
                f"{len(self.differ)} of {count(self.layers, 'layer')} {verb} by themselves"
                if verb == "differ"
                else (f"1 of {count(self.layers, 'layer')} differs by itself")
            )
        for group in _grouped(self.differ):
            yield from _told(group)
        if self.harmless:
            yield ""
            yield "harmless on this input, but not on every input:"
            for group in _grouped(self.harmless):
                yield from _told(group, measured=False)
        yield from self._rest()

    def _rest(self) -> Iterable[str]:
        if self.differ:
            yield ""
            yield f"outputs: {_apart(self.before)} apart" + (
                f"; with the lines above, run again: {count(self.left, 'layer')} left, {_apart(self.after)} apart"
                if any(finding.write for finding in self.differ)
                else ""
            )
        if self.later:
            yield ""
            yield "agrees now, will train differently:"
            causes: dict[str, list[str]] = {}
            for row in self.later:
                causes.setdefault(row["cause"], []).append(row["port"])
            yield from (f"  {cause}: {_several(paths)}" for cause, paths in causes.items())
        if self.unpaired:
            yield ""
            yield f"not paired: {count(len(self.unpaired), 'layer')}"
            for row in self.unpaired[:20]:
                yield f"  {row['side']}: {row['path'] or row['name']} ({row['name']})"


def _grouped(findings: list[Finding]) -> list[list[Finding]]:
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.layer, finding.kind, finding.cause), []).append(finding)
    return list(groups.values())


def _told(group: list[Finding], measured: bool = True) -> Iterable[str]:
    first = group[0]
    yield ""
    yield f"{len(group)} {first.layer}: {first.cause}" if len(group) > 1 else f"{first.layer}: {first.cause}"
    for finding in group[:SHOWN]:
        where = f" at {finding.source}" if finding.source else ""
        size = (
            f": {_apart(finding.alone)} apart alone, {_apart(finding.chained)} after all before it" if measured else ""
        )
        yield f"  {printable(finding.port)}{where} (original: {printable(finding.original)}){size}"
    if len(group) > SHOWN:
        yield f"  and {len(group) - SHOWN} more"
    if first.write:
        yield f"  write: {first.write}"


def _several(paths: list[str]) -> str:
    shown = [printable(path) for path in paths[:SHOWN]]
    return several(shown) if len(paths) <= SHOWN else f"{', '.join(shown)} and {len(paths) - SHOWN} more"


def _apart(size: float) -> str:
    return "of another shape," if math.isinf(size) else f"{size:.2g}"


def _number(size: float) -> float | str:
    return size if math.isfinite(size) else str(size)


def name_of(unit: Unit) -> str:
    """Return the place of a unit in its model, or its function if it has none."""
    call = unit.call
    return call.path or call.name


def row_of(unit: Unit, side: str) -> dict[str, str]:
    """Return a unit without a pair as a row of ``--json``."""
    return {"side": side, "path": unit.call.path, "name": unit.call.name, "source": unit.call.source}
