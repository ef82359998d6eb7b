"""The layers of a model as a catalog in TOML, with their places, numbers and depths as comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import tomlkit

from ...cases.case import Case
from ...cases.text import count, printable
from .layers import Layer, Layers

PLACES = 8  # shown of a layer that comes often
DEFAULTS = {field.name: field.default for field in fields(Case)}


def text(layers: Layers) -> str:
    """Return the catalog of the distinct layers of a model."""
    return "\n".join(_lines(layers)) + "\n"


def summary(layers: Layers) -> str:
    """Return how many layers there are, and how many are distinct."""
    left = f", {len(layers.left_out)} left out" if layers.left_out else ""
    return f"{count(len(layers.layers), 'layer')}, {len(layers.distinct)} distinct{left}"


def left_out(layers: Layers, most: int = PLACES) -> Iterator[str]:
    """Yield a line for each reason to leave layers out, with the first places that it applies to."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in layers.left_out:
        reasons.setdefault((one.name, one.reason), []).append(printable(one.path, 200))
    for (name, reason), places in reasons.items():
        more = f"; and {len(places) - most} more" if len(places) > most else ""
        yield f"left out: {'; '.join(places[:most])}{more} ({printable(name, 60)}): {printable(reason, 300)}"


def _lines(layers: Layers) -> Iterator[str]:
    about = layers.recording.about
    packages = ", ".join(f"{name} {version}" for name, version in about.get("packages", {}).items())
    yield f"# {summary(layers)}. Recorded with {printable(packages, 500)}."
    yield "# The depth of a layer is the number of layers on the longest way from the input to it, itself included."
    yield f"about = {_toml(printable(f'The convolutions and pools of {layers.model}', 500))}"
    for case, alike in layers.distinct.items():
        yield ""
        yield f"# {_places(alike)}"
        yield "[[case]]"
        yield from (f"{name} = {_toml(value)}" for name, value in _entry(case).items())
    if layers.left_out:
        yield ""
        yield from (f"# {line}" for line in left_out(layers, len(layers.left_out)))


def _places(alike: list[Layer]) -> str:
    """Return how often a layer comes, from which depth on, and where."""
    depths = sorted({layer.depth for layer in alike})
    at = f"depth {depths[0]}" if len(depths) == 1 else f"depths {depths[0]} to {depths[-1]}"
    places = "; ".join(printable(layer.title, 200) for layer in alike[:PLACES])
    more = f"; and {len(alike) - PLACES} more" if len(alike) > PLACES else ""
    return f"{'once' if len(alike) == 1 else f'{len(alike)} times'}, at {at}: {places}{more}"


def _entry(case: Case) -> dict[str, Any]:
    """Return the fields of a catalog entry, without those at their defaults."""
    entry: dict[str, Any] = {"id": printable(case.id, 300), "op": case.op, "input": list(case.input)}
    for name, default in DEFAULTS.items():
        value = getattr(case, name)
        if name in entry or (name in ("stride", "dilation") and set(value) == {1} and not case.pools):
            continue
        if value != default and not (name == "dilation" and set(value) == {1}):
            entry[name] = _plain(value)
    return entry


def _plain(value: Any) -> Any:
    """Return tuples as lists, and equal numbers for each axis as one number."""
    if not isinstance(value, tuple):
        return value
    alike = [list(item) if isinstance(item, tuple) else item for item in value]
    first = alike[0]
    if any(item != first for item in alike):
        return [item[0] if isinstance(item, list) and item[0] == item[1] else item for item in alike]
    return first if not isinstance(first, list) else first[0] if first[0] == first[1] else alike


def _toml(value: Any) -> str:
    return str(tomlkit.item(value).as_string())
