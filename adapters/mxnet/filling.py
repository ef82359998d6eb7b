"""Fills a model of Gluon with other weights: the parameters of its blocks, in place."""

from __future__ import annotations

from typing import Any

from ..models.filling import Filled

NAMES = {"kernel": "weight", "bias": "bias", "scale": "gamma", "shift": "beta"}
NAMES.update(mean="running_mean", variance="running_var")


def filled(adapter: Any, model: Any, given: list[Filled]) -> tuple[Any, list[int]]:
    """Return the model with other weights, and the numbers of the calls whose weights have no place in it."""
    left = []
    for one in given:
        block = _block(model, one.call.path)
        parameters = getattr(block, "_reg_params", {})
        if any(parameters.get(NAMES[name]) is None for name in one.weights):
            left.append(one.call.number)
            continue
        for name, array in one.weights.items():
            parameter = parameters[NAMES[name]]
            parameter.set_data(adapter.np.array(array, dtype=parameter.dtype))
    return model, left


def _block(model: Any, path: str) -> Any:
    """Return the block at a place in a model; None if there is none."""
    for part in filter(None, path.split(".")):
        model = getattr(model, "_children", {}).get(part)
    return model
