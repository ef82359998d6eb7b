"""The checks of two paired models: each unit by itself, and the way from one unit to the next."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ...adapters.models.recording import Call
from .numbers import equal
from .pairing import Pairs
from .units import Graph, Unit, way

COMMUTE = {"add", "multiply"}


@dataclass(eq=False)
class Check:
    """Calls of the port to be made on values of the original, and the original's value that should come out.

    ``given`` has the port's values, each with the original's value in its place. ``raw`` means that values which were
    flattened keep their order, since the weights that read them do. ``unit`` is the pair; for a way, the pair that it
    leads to, or None if it leads to an output of the model.
    """

    calls: list[int]
    given: dict[int, int]
    wanted: int  # of the port
    expected: int  # of the original
    raw: bool
    pair: tuple[Unit, Unit] | None
    is_way: bool = False
    way_calls: list[Call] = field(default_factory=list)
    original_calls: list[Call] = field(default_factory=list)


def is_raw(original: Graph, port: Graph, ours: Unit, theirs: Unit) -> bool:
    """Return whether a dense layer's weights say that the values which it reads were flattened in the same order."""
    if ours.kind != "dense" or not (ours.inputs[0] in original.flat or theirs.inputs[0] in port.flat):
        return False
    return equal(ours.weights["kernel"], theirs.weights["kernel"])


def weights_of(graph: Graph, unit: Unit, raw: bool) -> dict[str, np.ndarray]:
    """Return the weights of a unit; those of a dense layer in the order of values that are flattened channels first."""
    if unit.kind != "dense" or raw or unit.inputs[0] not in graph.flat:
        return unit.weights
    kernel = unit.weights["kernel"]
    shaped = kernel.reshape(len(kernel), *graph.flat[unit.inputs[0]])
    return {**unit.weights, "kernel": np.moveaxis(shaped, -1, 1).reshape(len(kernel), -1)}


def as_loaded(graph: Graph, unit: Unit, weights: Mapping[str, np.ndarray], raw: bool) -> dict[str, np.ndarray]:
    """Return weights as the framework has them: the inverse of :func:`weights_of`."""
    if unit.kind != "dense" or raw or unit.inputs[0] not in graph.flat:
        return dict(weights)
    *spatial, channels = graph.flat[unit.inputs[0]]
    kernel = weights["kernel"]
    shaped = kernel.reshape(len(kernel), channels, *spatial)
    return {**weights, "kernel": np.moveaxis(shaped, 1, -1).reshape(len(kernel), -1)}


def checks(original: Graph, port: Graph, pairs: Pairs) -> list[Check]:
    """Return all checks, in the port's order."""
    found: list[Check] = []
    ways = _Ways(original, port, pairs)
    for ours, theirs in pairs.pairs:
        raw = is_raw(original, port, ours, theirs)
        inputs = ways.matched(ours, theirs)
        for mine, its in zip(inputs, theirs.inputs, strict=False):
            found += ways.to(mine, its, raw, (ours, theirs))
        given = dict(zip(theirs.inputs, inputs, strict=False))
        found.append(Check(theirs.numbers, given, theirs.output, ours.output, raw, (ours, theirs)))
    for mine, its in zip(original.outputs, port.outputs, strict=False):
        found += ways.to(mine, its, False, None)
    return found


def way_to(original: Graph, port: Graph, pairs: Pairs, both: tuple[Unit, Unit], raw: bool) -> list[Check]:
    """Return the check of the way to the first input of a pair, with flattened values in their order if ``raw``."""
    return _Ways(original, port, pairs).to(both[0].inputs[0], both[1].inputs[0], raw, both)


class _Ways:
    """The ways between paired units of two models."""

    def __init__(self, original: Graph, port: Graph, pairs: Pairs) -> None:
        self.original, self.port = original, port
        self.mine = {theirs.output: ours.output for ours, theirs in pairs.pairs}  # the original's value by the port's
        inputs = zip(original.recording.inputs, port.recording.inputs, strict=False)
        self.mine.update({port.real(its): original.real(mine) for mine, its in inputs})
        self.done: set[tuple[int, int, bool]] = set()

    def matched(self, ours: Unit, theirs: Unit) -> list[int]:
        """Return the original's inputs in the order in which the port's unit reads them."""
        inputs = list(ours.inputs)
        if ours.kind not in COMMUTE or len(inputs) != len(theirs.inputs) or len(inputs) > 3:
            return inputs
        begins = [{self.mine.get(b, -1) for b in way(self.port, its, set(self.mine))[0]} for its in theirs.inputs]
        known = set(self.mine.values())

        def common(order: Iterable[int]) -> int:
            return sum(set(way(self.original, mine, known)[0]) == its for mine, its in zip(order, begins, strict=True))

        return list(max(itertools.permutations(inputs), key=common))

    def to(self, mine: int, its: int, raw: bool, pair: tuple[Unit, Unit] | None) -> list[Check]:
        """Return the check of the way to a value; none if nothing lies between, or it was checked."""
        if (mine, its, raw) in self.done:
            return []
        self.done.add((mine, its, raw))
        begins, calls = way(self.port, its, set(self.mine))
        _, ours = way(self.original, mine, set(self.mine.values()))
        given = {begin: self.mine[begin] for begin in begins if begin in self.mine}
        if not calls and not ours and given.get(self.port.real(its)) == self.original.real(mine):
            return []
        if not given:  # it begins at a constant
            return []
        numbers = [call.number for call in calls]
        at = self.port.real(its)
        return [Check(numbers, given, at, self.original.real(mine), raw, pair, True, calls, ours)]
