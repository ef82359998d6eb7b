"""The centre of the receptive field: the middle of the input elements that the middle of a model's output reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...cases.text import shape_text
from .drift import Drift, Way
from .layers import Layers

Range = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Centre:
    """The centres along each axis, as the least and the largest among all paths, in input pixels counted from 1."""

    output: tuple[int, ...]
    original: tuple[Range, ...]
    port: tuple[Range, ...]

    @property
    def sentence(self) -> str:
        """The two centres in words."""
        where = shape_text(self.output)
        lead = f"The receptive field of output {where}, the middle one, is centred on"
        if self.original == self.port:
            return f"{lead} pixel {_text(self.original)} in both."
        return f"{lead} pixel {_text(self.original)} in the original and {_text(self.port)} in the port."

    def to_json(self) -> dict[str, Any]:
        """Return the centres as ``--json`` writes them."""
        ranges = {"original": self.original, "port": self.port}
        floats = {name: [[float(low), float(high)] for low, high in value] for name, value in ranges.items()}
        return {"output": list(self.output), **floats}


def centre(layers: Layers, drift: Drift) -> Centre | None:
    """Return the centres at the last value of which the place is known; None if there is none."""
    value = next(_last(layers, drift), None)
    if value is None:
        return None
    sizes = layers.recording.canonical(value).shape[2:]
    middle = tuple((size - 1) // 2 for size in sizes)
    ways = drift.values[value]
    output = tuple(place + 1 for place in middle)
    return Centre(output, _ranges(ways, "original", middle), _ranges(ways, "port", middle))


def _last(layers: Layers, drift: Drift) -> Iterator[int]:
    """Yield the outputs of the model whose places are known, and then the other values, the last ones first."""
    yield from (value for value in layers.recording.outputs if value in drift.values)
    made = [value for node in layers.nodes for value in node.call.outputs if value in drift.values]
    yield from reversed(made)


def _ranges(ways: frozenset[Way], side: str, middle: tuple[int, ...]) -> tuple[Range, ...]:
    places = [[move.at(o) + 1 for move, o in zip(getattr(way, side), middle, strict=True)] for way in ways]
    return tuple((min(axis), max(axis)) for axis in zip(*places, strict=True))


def _text(ranges: tuple[Range, ...]) -> str:
    parts = [number(low) if low == high else f"{number(low)} to {number(high)}" for low, high in ranges]
    return f"({', '.join(parts)})"


def number(value: Fraction) -> str:
    """Return an exact number with at most two decimals."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")
