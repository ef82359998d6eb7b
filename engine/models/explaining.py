"""The causes of the differences of a port, and the changes of its calls that mend them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..adapters.models.recorder import Mended
from ..cases.case import Case
from ..report.models import numbers, other_sizes
from ..report.models.causes import precision, search
from ..report.models.causes import way as ways
from ..report.models.checks import Check
from ..report.models.differing import Differing
from ..report.models.finding import Finding, called, name_of
from ..report.models.units import Unit
from . import mending
from .replayed import Replayed

Changes = mending.Changes


@dataclass
class Found:
    """The result of a check that differs, and the change of the port that mends it."""

    check: Check
    finding: Finding
    changes: Changes


class Explaining:
    """Explains the checks of a port, whose layers have places in the comparison."""

    def __init__(self, replayed: Replayed, adapter: str, places: dict[Unit, int]) -> None:
        self.replayed, self.adapter, self.places = replayed, adapter, places

    def explained(self, check: Check, got: np.ndarray | str) -> Iterator[Found]:
        """Yield a finding for each cause of the difference of a check."""
        y = self.replayed.expected(check)
        if isinstance(got, str):
            yield Found(check, self.finding(check, "unexplained", f"raises {got}", float("inf")), {})
        elif check.is_way:
            yield from self._way(check, y, got)
        else:
            yield from self._unit(check, y, got)

    def finding(self, check: Check, kind: str, cause: str, alone: float) -> Finding:
        """Return a finding of a check."""
        chained = numbers.largest_difference(*self.replayed.recorded(check))
        if check.pair is None:
            last = check.way_calls[-1] if check.way_calls else None
            return Finding(
                "the output", "the output", last.source if last else "", "output", kind, cause, alone, chained
            )
        theirs = check.pair[1]
        mine, its = (unit.norm if kind == "epsilon" and unit.norm else unit for unit in check.pair)
        call = check.way_calls[-1] if check.way_calls else called(its)
        layer = "input of a layer" if check.is_way else theirs.kind
        found = Finding(name_of(its), name_of(mine), call.source, layer, kind, cause, alone, chained)
        found.place = self.places[theirs]
        found.windows = None if check.is_way else self._windows(check)
        return found

    def on_other_sizes(self, checks: list[Check]) -> Iterator[Finding]:
        """Yield the layers that agree on this input, and would not on every size."""
        for check in checks:
            assert check.pair
            shape = self.replayed.original.shape(check.pair[0].inputs[0])
            if found := other_sizes.difference(*check.pair, shape):
                yield self.finding(check, *found, 0.0)

    def _windows(self, check: Check) -> tuple[Case, Case] | None:
        """Return the original's and the port's layer as cases; None if one of them has no windows."""
        assert check.pair
        graphs = self.replayed.original, self.replayed.port
        original, port = (
            mending.case(unit.kind, unit.settings, graph.shape(unit.inputs[0]), unit.weights.get("kernel"))
            for unit, graph in zip(check.pair, graphs, strict=True)
        )
        return (original, port) if original and port else None

    def _way(self, check: Check, y: np.ndarray, got: np.ndarray) -> Iterator[Found]:
        size = numbers.largest_difference(y, got)
        fixes = ways.explain(y, got, self.replayed.allowed(check, y, got))
        if not fixes:
            yield self._left_out(check, y, size)
        lines = mending.turns(self.adapter, self.replayed.port, check, fixes)
        changes = mending.of_way(self.replayed.port, check, lines)
        for number, fix in enumerate(fixes):
            found = self.finding(check, fix.kind, fix.cause, size)
            found.write = lines[number] if changes else ""
            yield Found(check, found, changes)

    def _unit(self, check: Check, y: np.ndarray, got: np.ndarray) -> Iterator[Found]:
        size = numbers.largest_difference(y, got)
        pair = self.replayed.pair(check, y, got)
        fixes = search.explain(pair)
        if not fixes:
            yield Found(check, self.finding(check, *without_fix(pair), size), {})
        changes = mending.of_unit(self.adapter, self.replayed.port, check, pair, fixes)
        for fix in fixes:
            found = self.finding(check, fix.kind, fix.cause, size)
            found.weights_of = fix.of
            lines = [c.source for n, c in changes.items() if (n == check.calls[-1]) == (fix.kind == "epsilon")]
            found.write = (lines or [change.source for change in changes.values()] or [""])[0]
            if changes and fix.weights:
                found.write += f" with the weights of {found.original}"
            yield Found(check, found, changes)

    def _left_out(self, check: Check, y: np.ndarray, size: float) -> Found:
        """Return the finding of a way that agrees once one of its calls is left out."""
        for call in check.way_calls:
            changes = {call.number: Mended(tuple(call.inputs), source="x")}
            ((_, got),) = self.replayed.outputs([(check, self.replayed.job(check, changes))])
            if not isinstance(got, str) and self.replayed.agrees(check, y, got):
                kind = "scale" if call.kind in ("activation", "multiply", "add") else "unexplained"
                found = self.finding(check, kind, f"applies {call.name}, which the original does not", size)
                found.write = f"leave out {call.name}" + (f" at {call.source}" if call.source else "")
                return Found(check, found, changes)
        return Found(check, self.finding(check, "unexplained", "reads other values than the original", size), {})


def without_fix(pair: Differing) -> tuple[str, str]:
    """Return the kind and the cause of a difference that no change of the port's layer mends."""
    arithmetic = precision.cause(pair)
    return ("precision", arithmetic) if arithmetic else ("unexplained", _where(pair.y, pair.got))


def _where(y: np.ndarray, got: np.ndarray) -> str:
    """Return the place where an output differs most, for a difference that has no known cause."""
    if y.size != got.size:
        return f"has the shape {got.shape} where the original has {y.shape}"
    off = np.abs(got.reshape(y.shape).astype(np.float64) - y)
    place = np.unravel_index(int(np.nan_to_num(off, nan=np.inf).argmax()), y.shape)
    numbers_there = f"{got.reshape(y.shape)[place]:.6g} where the original has {y[place]:.6g}"
    return f"differs most at {tuple(map(int, place))}: {numbers_there}"
