"""The drift of a port's windows from the original's, in pixels of the model's input, at each value.

A layer whose windows lie one element off moves everything after it by the strides before it. Where paths through the
model meet, each keeps its own drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ...cases.arithmetic import axes
from ...cases.case import Case
from .layers import Layers
from .movement import Movement, of_axis, of_other
from .nodes import Node

MOST_PATHS = 64  # with different places; of more, those that drift least and most are kept
Befores = tuple[int | None, ...]  # the pads before each axis that a port has; None where that is unknown


@dataclass(frozen=True)
class Way:
    """The place of a value in the model's input, along one path and each axis: in the original and in the port."""

    original: tuple[Movement, ...]
    port: tuple[Movement, ...]

    @property
    def drift(self) -> tuple[Fraction, ...]:
        """The number of input pixels by which the port's first output lies later, along each axis."""
        return tuple(port.start - original.start for original, port in zip(self.original, self.port, strict=True))


@dataclass(frozen=True)
class Drift:
    """The ways to each value of a recording, and to the output of each layer, by its number among the layers.

    A layer or value is left out where no path to it is known.
    """

    values: Mapping[int, frozenset[Way]]
    layers: Mapping[int, frozenset[Way]]

    def at_layer(self, number: int) -> tuple[tuple[Fraction, Fraction], ...]:
        """Return the least and the largest drift at the output of a layer, along each axis; empty if unknown."""
        return extent(self.layers.get(number, ()))


def extent(ways: Iterable[Way]) -> tuple[tuple[Fraction, Fraction], ...]:
    """Return the least and the largest drift among ways, along each axis; empty if there are none."""
    drifts = [way.drift for way in ways]
    return tuple((min(axis), max(axis)) for axis in zip(*drifts, strict=True))


def drift(layers: Layers, written: Mapping[str, Befores]) -> Drift:
    """Return the drift of a port. ``written`` has the pads before each axis of the cases that differ, by case id."""
    values: dict[int, frozenset[Way]] = {}
    at_layers: dict[int, frozenset[Way]] = {}
    for value in layers.recording.inputs:
        rank = len(layers.recording.canonical(value).shape) - 2
        if rank > 0:
            values[value] = frozenset([Way((Movement(),) * rank, (Movement(),) * rank)])
    numbers = iter(enumerate(layers.layers))
    for node in layers.nodes:
        ways = _bounded({way for value in node.inputs for way in values.get(value, ())})
        if node.case:
            number, layer = next(numbers)
            ways = at_layers[number] = _through(ways, *_moves(layer.case, written.get(layer.case.id)))
        else:
            ways = frozenset(way for one in ways for way in _beside(one, node))
        values.update(dict.fromkeys(node.call.outputs, ways))
    return Drift({v: w for v, w in values.items() if w}, {n: w for n, w in at_layers.items() if w})


Moves = tuple[Movement, ...] | None


def _beside(way: Way, node: Node) -> frozenset[Way]:
    """Return a way after a call that is no layer; none where it is not known."""
    moves = of_other(node, len(way.original))
    return _through(frozenset([way]), moves, moves)


def _moves(case: Case, befores: Befores | None) -> tuple[Moves, Moves]:
    """Return the movements of a layer in the original and in the port; None where they are unknown."""
    found = axes(case)
    if not isinstance(found, tuple):
        return None, None
    original = tuple(of_axis(axis, axis.before) for axis in found)
    if befores is None:
        return original, original
    if None in befores:
        return original, None
    return original, tuple(of_axis(axis, b or 0) for axis, b in zip(found, befores, strict=True))


def _through(ways: frozenset[Way], original: Moves, port: Moves) -> frozenset[Way]:
    if original is None or port is None:
        return frozenset()
    return frozenset(
        Way(
            tuple(move.after(so_far) for move, so_far in zip(original, way.original, strict=True)),
            tuple(move.after(so_far) for move, so_far in zip(port, way.port, strict=True)),
        )
        for way in ways
        if len(way.original) == len(original)
    )


def _bounded(ways: set[Way]) -> frozenset[Way]:
    """Return ways, or of too many those that drift least and most."""
    if len(ways) <= MOST_PATHS:
        return frozenset(ways)
    by_drift = sorted(ways, key=lambda way: (way.drift, [move.start for move in way.original]))
    return frozenset(by_drift[: MOST_PATHS // 2] + by_drift[-MOST_PATHS // 2 :])
