"""Fills a model of Keras with other weights: the variables of its layers, in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..models.filling import Filled, kernel_last
from .separable import holds

NAMES = {"scale": "gamma", "shift": "beta", "mean": "moving_mean", "variance": "moving_variance"}


def filled(adapter: Any, model: Any, given: list[Filled]) -> tuple[Any, list[int]]:
    """Return the model with other weights, and the numbers of the calls whose weights have no place in it."""
    layers, left = list(model._flatten_layers()), []
    found: list[tuple[Any, np.ndarray]] = []  # all of them before any changes, since calls may share weights
    for one in given:
        name, names = holds(one.call.path.rpartition("/")[2], one)
        names = {**NAMES, **names}
        holder = next((layer for layer in layers if layer.name == name and _has(layer, one, names)), None)
        if holder is None:
            left.append(one.call.number)
            continue
        for weight, array in one.weights.items():
            variable = getattr(holder, names.get(weight, weight))
            found.append((variable, _laid_out(weight, array, variable)))
    for variable, array in found:
        variable.assign(array)
    return model, left


def _has(layer: Any, one: Filled, names: Mapping[str, str]) -> bool:
    """Return whether a layer has the weights that a call had."""
    for weight, array in one.now.items():
        variable = getattr(layer, names.get(weight, weight), None)
        if variable is None or variable.numpy().size != array.size:
            return False
        if not np.array_equal(variable.numpy(), _laid_out(weight, array, variable)):
            return False
    return True


def _laid_out(weight: str, array: np.ndarray, variable: Any) -> np.ndarray:
    """Return an array in the layout of a variable; the kernel of a depthwise layer is (*size, channels, multiplier)."""
    turned = kernel_last(array) if weight == "kernel" else array
    return np.ascontiguousarray(turned).reshape(tuple(variable.shape))
