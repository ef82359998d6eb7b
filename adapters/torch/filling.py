"""Fills a model of PyTorch with other weights: those of a module's parameters and buffers, in place."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..models.filling import Filled

NAMES = {"kernel": "weight", "bias": "bias", "scale": "weight", "shift": "bias"}
NAMES.update(mean="running_mean", variance="running_var")


def filled(adapter: Any, model: Any, given: list[Filled]) -> tuple[Any, list[int]]:
    """Return the model with other weights, and the numbers of the calls whose weights have no place in it."""
    modules, left = dict(model.named_modules()), []
    found: list[tuple[Any, np.ndarray]] = []  # all of them before any changes, since calls may share weights
    for one in given:
        module = modules.get(one.call.path)
        places = {name: _place(adapter.torch, module, name, one.now[name]) for name in one.weights}
        if any(place is None for place in places.values()):
            left.append(one.call.number)
            continue
        found += [(place, one.weights[name]) for name, place in places.items()]
    with adapter.torch.no_grad():
        for place, array in found:
            place.copy_(adapter.torch.from_numpy(np.array(array)))
    return model, left


def _place(torch: Any, module: Any, name: str, now: np.ndarray) -> Any:
    """Return the parameter or buffer that a call read: by the usual name, or else by what is in it."""
    if module is None:
        return None
    usual = getattr(module, NAMES[name], None)
    if isinstance(usual, torch.Tensor) and _same(usual, now):
        return usual
    own = (*module.parameters(recurse=False), *module.buffers(recurse=False))
    return next((tensor for tensor in own if _same(tensor, now)), None)


def _same(tensor: Any, now: np.ndarray) -> bool:
    return tuple(tensor.shape) == now.shape and np.array_equal(tensor.detach().float().cpu().numpy(), now.astype("f4"))
