"""Modules of nnx, which hold their variables: those of Flax itself are one call each, others are looked into."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..models.recorder import Weights, calling_line
from .calls import MODULES
from .kernels import of_a_line
from .modules_of_nnx import is_module
from .modules_of_nnx import nnx as _nnx

if TYPE_CHECKING:
    from ..models.watching import WatchingRecorder

INFERENCE = "a copy with deterministic=True and use_running_average=True"
INFERRING = {"deterministic": True, "use_running_average": True}
VARIABLES = ("kernel", "bias", "scale", "mean", "var")


def is_model(thing: Any) -> bool:
    """Return whether this is a module of nnx."""
    return is_module(thing) and callable(thing)


def modules(model: Any) -> dict[str, Any]:
    """Return the modules in a module, itself included, by their paths."""
    return {"/".join(map(str, path)): module for path, module in _nnx().iter_modules(model)}


def inferring(model: Any) -> Any:
    """Return a copy of a module that infers."""
    copy = _nnx().clone(model)
    copy.set_attributes(**INFERRING, raise_if_not_found=False)
    return copy


def changed(model: Any, change: Callable[[np.ndarray], np.ndarray]) -> Any:
    """Return a copy of a module in which each array of floating numbers is changed."""
    nnx, jax = _nnx(), importlib.import_module("jax")

    def made(array: Any) -> Any:  # the keys of random numbers are arrays too
        floating = jax.numpy.issubdtype(array.dtype, jax.numpy.floating)
        return jax.numpy.asarray(change(np.asarray(array))) if floating else array

    graph, state = nnx.split(model)
    return nnx.merge(graph, jax.tree_util.tree_map(made, state))


def names() -> dict[str, Any]:
    """Return the names that lines of nnx are in terms of."""
    return {"nnx": _nnx(), "rngs": _nnx().Rngs(0)}


def applied(layer: Any, x: Any, weights: Weights, leaves: Mapping[str, str]) -> Any:
    """Return the output of a module that infers, with these weights in the terms of a recording.

    ``leaves`` are the names of weights in Flax. They are those of the one module inside that has such weights.
    """
    made, jax = inferring(layer), importlib.import_module("jax")
    for name, array in weights.items():
        held = next(getattr(part, leaves[name]) for part in modules(made).values() if hasattr(part, leaves[name]))
        laid = of_a_line(array, held.shape) if name == "kernel" else array
        held[...] = jax.numpy.asarray(laid, held.dtype)
    return made(x)


def changes(recorder: WatchingRecorder, model: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield the classes of Flax of which each call is to be observed, with the name and value of the attribute."""
    nnx = _nnx()
    paths = {id(module): path for path, module in modules(model).items()}
    for name in MODULES:
        kind = getattr(nnx, name, None)
        if kind is not None:
            yield kind, "__call__", _observed(recorder, name, kind.__call__, paths)


def _observed(
    recorder: WatchingRecorder, name: str, call: Callable[..., Any], paths: dict[int, str]
) -> Callable[..., Any]:
    @functools.wraps(call)
    def observed(module: Any, *args: Any, **kwargs: Any) -> Any:
        if recorder.inside:
            return call(module, *args, **kwargs)
        found = {variable: getattr(module, variable, None) for variable in VARIABLES}
        weights = {variable: np.asarray(held[...]) for variable, held in found.items() if held is not None}
        where = {"name": name, "path": paths.get(id(module), ""), "source": calling_line(recorder.packages)}
        applied = recorder.alone(functools.partial(call, module))
        return recorder.observe(
            applied, (args, kwargs), lambda given: MODULES[name](module, given[0][0], weights), **where
        )

    return observed
