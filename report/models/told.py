"""The findings of two models, as lines of text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...cases.text import count, printable, several
from .finding import Finding

SHOWN = 3  # layers that are named where many differ in the same way
MOST_UNPAIRED = 20


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return findings together that are of the same kind of layer and have the same cause."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.layer, finding.kind, finding.cause), []).append(finding)
    return list(groups.values())


def group(findings: list[Finding], measured: bool = True) -> Iterable[str]:
    """Yield findings that have the same cause as text."""
    first, lines = findings[0], {finding.write for finding in findings}
    yield ""
    yield f"{len(findings)} {first.layer}: {first.cause}" if len(findings) > 1 else f"{first.layer}: {first.cause}"
    for finding in findings[:SHOWN]:
        where = f" at {finding.source}" if finding.source else ""
        size = f": {apart(finding.alone)} alone, {apart(finding.chained)} after all before it" if measured else ""
        yield f"  {printable(finding.port)}{where} (original: {printable(finding.original)}){size}"
        if len(lines) > 1:
            yield from _line(finding, measured, "    ")
    if len(findings) > SHOWN:
        yield f"  and {len(findings) - SHOWN} more"
    if len(lines) == 1:
        yield from _line(first, measured, "  ")


def _line(finding: Finding, measured: bool, indent: str) -> Iterable[str]:
    """Yield the line to write for a finding; those of a group may have one for all, or each its own."""
    if finding.write:
        yield f"{indent}write: {finding.write}"
    elif measured:
        yield f"{indent}no line is known that mends it"


def later(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the layers of the port by what they will do otherwise in training."""
    causes: dict[str, list[str]] = {}
    for row in rows:
        causes.setdefault(row["cause"], []).append(row["port"])
    return causes


def unpaired(rows: Sequence[Mapping[str, str]]) -> Iterable[str]:
    """Yield the layers without a pair as text."""
    yield f"not paired: {count(len(rows), 'layer')}"
    for row in rows[:MOST_UNPAIRED]:
        yield f"  {row['side']}: {printable(row['path'] or row['name'])} ({row['name']})"
    if len(rows) > MOST_UNPAIRED:
        yield f"  and {len(rows) - MOST_UNPAIRED} more"


def names(paths: list[str]) -> str:
    """Return some paths by name, and the number of the others."""
    shown = [printable(path) for path in paths[:SHOWN]]
    return several(shown) if len(paths) <= SHOWN else f"{', '.join(shown)} and {len(paths) - SHOWN} more"


def apart(size: float) -> str:
    """Return a difference as text."""
    return "of another shape" if math.isinf(size) else f"{size:.2g} apart"
