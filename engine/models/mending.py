"""Turns findings into changes of the port's calls: the lines that are shown are those that are run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..adapters.models.recorder import Mended
from ..adapters.registry import speller, writer
from ..cases.case import Case
from ..cases.operations import OPS, Op
from ..report.models.checks import Check, as_loaded
from ..report.models.differing import Differing, Fix
from ..report.models.numbers import case_of
from ..report.models.units import Graph, Unit

Changes = dict[int, Mended]
WINDOWED: dict[str, Op] = {op: op for op in OPS}


def of_unit(adapter: str, port: Graph, check: Check, pair: Differing, fixes: list[Fix]) -> Changes:
    """Return how the calls of a unit are made with fixes; nothing if the framework has no line for one."""
    unit, settings = pair.port, pair.settings(fixes)
    shape = pair.xs[0].shape
    if unit.norm is None or unit.before_norm is None:
        return _line(adapter, port, unit, settings, pair.weights(fixes), shape, check.raw)
    if any(fix.weights for fix in fixes):
        found = _line(adapter, port, unit.before_norm, settings, pair.weights(fixes), shape, check.raw)
        whole = [Mended(unit.inputs, source=change.source, weights=change.weights) for change in found.values()]
        return dict.fromkeys([unit.norm.call.number], *whole) if whole else {}
    changes: Changes = {}
    if any(set(fix.settings) - {"epsilon"} for fix in fixes):
        changes = _line(adapter, port, unit.before_norm, settings, dict(unit.before_norm.weights), shape, check.raw)
        if not changes:
            return {}
    if "epsilon" in settings:
        shape = port.shape(unit.norm.inputs[0])
        changes.update(_line(adapter, port, unit.norm, settings, dict(unit.norm.weights), shape, False))
    return changes


def case(kind: str, settings: Mapping[str, Any], shape: tuple[int, ...], kernel: np.ndarray | None) -> Case | None:
    """Return a unit with settings on an input (N, C, *spatial) as a case; None if it has no windows."""
    if kind not in WINDOWED:
        return None
    outputs = 1
    if kernel is not None:
        outputs = kernel.shape[0] if kind == "conv" else kernel.shape[1] * int(settings["groups"])
    return case_of(WINDOWED[kind], settings, shape, outputs)


def _line(
    adapter: str,
    port: Graph,
    unit: Unit,
    settings: dict[str, Any],
    weights: dict[str, np.ndarray],
    shape: tuple[int, ...],
    raw: bool,
) -> Changes:
    lines, kernel = _writer(adapter, port), weights.get("kernel")
    if lines is None:
        return {}
    if settings.get("channels") == 1:  # the port has them last here
        shape = (shape[0], *shape[2:], shape[1])
    if unit.kind == "dense" and kernel is not None:
        settings = {**settings, "outputs": kernel.shape[0]}
    source = lines.layer(
        speller(adapter), unit.kind, settings, shape, case(unit.kind, settings, shape, kernel), "bias" in weights
    )
    if not source:
        return {}
    return {unit.last: Mended(unit.inputs, source=source, weights=as_loaded(port, unit, weights, raw))}


def _writer(adapter: str, port: Graph) -> Any:
    return writer(adapter, "nnx" if port.recording.about.get("interface") == "nnx" else "")


def turns(adapter: str, port: Graph, check: Check, fixes: list[Fix]) -> list[str]:
    """Return the lines that change the value at the end of a way, one after the other; none if one is not known."""
    lines, rank = _writer(adapter, port), port.recording.array(check.wanted).ndim
    found = [lines.turn(*fix.turn, rank) for fix in fixes if lines and fix.turn]
    return found if all(found) else []


def of_way(port: Graph, check: Check, lines: list[str]) -> Changes:
    """Return how the value at the end of a way is changed: by the last call on it, or else where it is read."""
    if not lines:
        return {}
    if not check.way_calls and check.pair:
        unit = check.pair[1]
        return {unit.calls[0].number: Mended(tuple(unit.calls[0].inputs), turns=tuple(lines))}
    last = check.way_calls[-1] if check.way_calls else port.maker.get(check.wanted)
    return {last.number: Mended(tuple(last.inputs), after=tuple(lines))} if last else {}


def together(one: Mended, other: Mended) -> Mended:
    """Return two changes of the same call as one."""
    return Mended(
        other.inputs if other.source else one.inputs,
        one.turns or other.turns,
        one.source or other.source,
        one.after or other.after,
        one.weights or other.weights,
    )
