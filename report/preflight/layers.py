"""The convolutions and pools of a recorded model: in its order, and each distinct one once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from ...adapters.models.recording import Recording
from ...cases.case import Case
from .nodes import Node, nodes
from .settings import check


@dataclass(frozen=True)
class Layer:
    """A layer of the model: its case, its place, and the number of layers on the longest way to it, itself included.

    ``padding`` are the places of the pads that are part of it.
    """

    case: Case
    path: str
    depth: int
    call: int
    padding: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The place in the model, with the pads that are part of the layer."""
        others = [path for path in self.padding if path != self.path]
        return f"{self.path} with {', '.join(others)}" if others else self.path


@dataclass(frozen=True)
class LeftOut:
    """A call that is a convolution or pool by its name, and why it is no case."""

    path: str
    name: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """Return the call as ``--json`` writes it."""
        return {"path": self.path, "name": self.name, "reason": self.reason}


@dataclass(frozen=True)
class Layers:
    """The layers of a model, in the order of its calls; equal ones have the same case, with the place of the first."""

    recording: Recording
    nodes: tuple[Node, ...]
    layers: tuple[Layer, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def model(self) -> str:
        """The model as it was named."""
        return str(self.recording.about.get("model", ""))

    @cached_property
    def distinct(self) -> dict[Case, list[Layer]]:
        """The distinct cases in the order of the model, each with its layers."""
        found: dict[Case, list[Layer]] = {}
        for layer in self.layers:
            found.setdefault(layer.case, []).append(layer)
        return found

    @cached_property
    def ids(self) -> dict[str, str]:
        """The ids of the cases, by their keys."""
        return {case.key: case.id for case in self.distinct}

    @property
    def cases(self) -> tuple[Case, ...]:
        """The distinct cases."""
        return tuple(self.distinct)


def layers_of(recording: Recording) -> Layers:
    """Return the layers of a recorded model. Raise Unreadable if its files are damaged."""
    check(recording)
    found: list[Layer] = []
    left_out: list[LeftOut] = []
    depths: dict[int, int] = {}  # by value
    ids = _Ids()
    every = nodes(recording)
    for node in every:
        depth = max((depths.get(value, 0) for value in node.inputs), default=0)
        if node.case:
            depth += 1
            padding = tuple(pad.path or pad.name for pad in node.padding)
            found.append(Layer(ids.named(node.case, node.path), node.path, depth, node.call.number, padding))
        if node.left_out:
            left_out.append(LeftOut(node.path, node.call.name, node.left_out))
        depths.update(dict.fromkeys(node.call.outputs, depth))
    return Layers(recording, tuple(every), tuple(found), tuple(left_out))


class _Ids:
    """Gives each distinct case the place of its first layer as its id, with a number where that is taken."""

    def __init__(self) -> None:
        self.known: dict[str, Case] = {}
        self.taken: set[str] = set()

    def named(self, case: Case, place: str) -> Case:
        if case.key not in self.known:
            self.known[case.key] = replace(case, id=next(id for id in _candidates(place) if id not in self.taken))
            self.taken.add(self.known[case.key].id)
        return self.known[case.key]


def _candidates(place: str) -> Iterable[str]:
    yield place
    number = 2
    while True:
        yield f"{place}-{number}"
        number += 1
