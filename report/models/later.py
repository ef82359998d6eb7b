"""Settings that inference does not show, compared by value: momentum and dropout rates."""

from __future__ import annotations

from typing import Any

from .finding import name_of
from .pairing import Pairs
from .units import Graph

RESTS = {"torch"}  # adapters whose momentum is the weight of the new statistics; recordings have that of the old ones


def differences(original: Graph, port: Graph, pairs: Pairs) -> list[dict[str, Any]]:
    """Return the rows of settings that differ, in the port's order."""
    rows = []
    for ours, theirs in pairs.pairs:
        for name, value in theirs.call.later.items():
            wanted = ours.call.later.get(name)
            if wanted is not None and wanted != value:
                row = _row(name_of(theirs), name_of(ours), theirs.call.source, name, value, wanted)
                if name == "momentum" and port.recording.adapter in RESTS:
                    row["cause"] += f"; there it is the weight of the new statistics: write momentum={1 - wanted:.6g}"
                rows.append(row)
    dropped = [[c for c in graph.recording.calls if c.kind == "dropout"] for graph in (original, port)]
    if len(dropped[0]) == len(dropped[1]):
        for mine, its in zip(*dropped, strict=True):
            rate, wanted = its.later.get("rate"), mine.later.get("rate")
            if rate != wanted:
                rows.append(_row(its.path or its.name, mine.path or mine.name, its.source, "rate", rate, wanted))
    return rows


def _row(port: str, original: str, source: str, name: str, value: Any, wanted: Any) -> dict[str, Any]:
    cause = f"{name} is {value:g} where the original has {wanted:g}"
    return {"port": port, "original": original, "source": source, "setting": name, "cause": cause}
