"""Fills a model of Flax linen with other weights: new variables for the same module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..models.filling import Filled, kernel_last

PLACES = {"kernel": ("params", "kernel"), "bias": ("params", "bias"), "scale": ("params", "scale")}
PLACES.update(shift=("params", "bias"), mean=("batch_stats", "mean"), variance=("batch_stats", "var"))


def filled(adapter: Any, model: Any, given: list[Filled]) -> tuple[Any, list[int]]:
    """Return the module with other variables, and the numbers of the calls whose weights have no place in them."""
    if not isinstance(model, tuple):  # an nnx module has its weights inside
        return model, [one.call.number for one in given]
    module, variables = model
    made, left = _copied(variables), []
    for one in given:
        leaves = {name: _leaf(made, one.call.path, *PLACES[name]) for name in one.weights}
        if any(leaf is None for leaf in leaves.values()):
            left.append(one.call.number)
            continue
        for name, leaf in leaves.items():
            assert leaf is not None
            array = kernel_last(one.weights[name]) if name == "kernel" else one.weights[name]
            leaf[PLACES[name][1]] = adapter.jnp.asarray(array, leaf[PLACES[name][1]].dtype)
    return (module, made), left


def _copied(tree: Any) -> Any:
    return {name: _copied(part) for name, part in tree.items()} if isinstance(tree, Mapping) else tree


def _leaf(variables: Any, path: str, collection: str, name: str) -> Any:
    """Return the dictionary that holds a weight; None if there is none."""
    found = variables.get(collection)
    for part in filter(None, path.split("/")):
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, dict) and name in found else None
