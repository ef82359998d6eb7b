"""Fills a model of Flax with other weights: new variables of a module of linen, and those in one of nnx, in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..models.filling import Filled
from ..models.kinds import TRANSPOSED
from . import nnx
from .kernels import in_place_of

PLACES = {"kernel": ("params", "kernel"), "bias": ("params", "bias"), "scale": ("params", "scale")}
PLACES.update(shift=("params", "bias"), mean=("batch_stats", "mean"), variance=("batch_stats", "var"))


def filled(adapter: Any, model: Any, given: list[Filled]) -> tuple[Any, list[int]]:
    """Return the model with other weights, and the numbers of the calls whose weights have no place in it."""
    if isinstance(model, tuple):
        made = (model[0], _copied(model[1]))
        variables = made[1]
        left = _fill(given, lambda path, name: _in_variables(adapter, variables, path, name))
        return made, left
    modules = nnx.modules(model)
    return model, _fill(given, lambda path, name: _in_module(adapter, modules.get(path), PLACES[name][1]))


def _fill(given: list[Filled], place: Callable[[str, str], Any]) -> list[int]:
    """Put weights into their places; return the numbers of the calls of which some weight has none."""
    left: list[int] = []
    found: list[tuple[Any, np.ndarray]] = []  # all of them before any changes, since calls may share weights
    for one in given:
        puts = []
        for name in one.weights:
            held = place(one.call.path, name)
            array = _turned(one, name, held[0]) if held else None
            if held and array is not None:
                puts.append((held[1], array))
        if len(puts) < len(one.weights):
            left.append(one.call.number)
            continue
        found += puts
    for put, array in found:
        put(array)
    return left


def _turned(one: Filled, name: str, held: np.ndarray) -> np.ndarray | None:
    """Return a weight as the model holds it; None if the one that it holds is not that of the call."""
    if name == "kernel":
        return in_place_of(held, one.now[name], one.weights[name], one.call.kind == TRANSPOSED)
    return one.weights[name]


def _copied(tree: Any) -> Any:
    return {name: _copied(part) for name, part in tree.items()} if isinstance(tree, Mapping) else tree


def _in_variables(adapter: Any, variables: Any, path: str, name: str) -> Any:
    """Return a weight of a module of linen with what puts another one in its place; None if it has none."""
    collection, leaf = PLACES[name]
    found = variables.get(collection)
    for part in filter(None, path.split("/")):
        found = found.get(part) if isinstance(found, dict) else None
    if not isinstance(found, dict) or leaf not in found:
        return None
    place = found

    def put(array: np.ndarray) -> None:
        place[leaf] = adapter.jnp.asarray(array, place[leaf].dtype)

    return np.asarray(place[leaf]), put


def _in_module(adapter: Any, module: Any, name: str) -> Any:
    """Return a weight of a module of nnx with what puts another one in its place; None if it has none."""
    variable = getattr(module, name, None)
    if variable is None:
        return None

    def put(array: np.ndarray) -> None:
        variable[...] = adapter.jnp.asarray(array, variable.dtype)

    return np.asarray(variable[...]), put
