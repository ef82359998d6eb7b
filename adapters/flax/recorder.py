"""Records models of Flax, ``(module, variables)`` of linen or a module of nnx: modules, functions and operators."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..models.randomising import like
from ..models.recorder import Told, Weights, calling_line
from ..models.watching import WatchingRecorder, replaced
from . import nnx
from .calls import MODULES, of_function, of_module
from .filling import PLACES
from .inferring import inferring
from .kernels import of_a_line

PACKAGES = ("flax", "jax", "jaxlib", "contextlib")
FORMS = (
    "relu",
    "relu6",
    "gelu",
    "silu",
    "swish",
    "sigmoid",
    "tanh",
    "softmax",
    "softplus",
    "selu",
    "elu",
    "leaky_relu",
)
HARD = ("hard_swish", "hard_silu", "hard_sigmoid")
MOVES = ("transpose", "swapaxes", "moveaxis")
FUNCTIONS = {
    "flax.linen": ("max_pool", "avg_pool", *FORMS, *HARD),
    "flax.nnx": ("max_pool", "avg_pool", *FORMS, *HARD),
    "jax.nn": (*FORMS, *HARD, "mish"),
    "jax.numpy": (*MOVES, "mean", "reshape", "add", "multiply", "concatenate", "pad", "clip"),
    "jax.image": ("resize",),
}
OPERATORS = ("__add__", "__radd__", "__sub__", "__mul__", "__rmul__", "__truediv__", "__getitem__")
METHODS = (*OPERATORS, "mean", "reshape", "transpose", "swapaxes", "ravel", "clip")


class FlaxRecorder(WatchingRecorder):
    """Modules of linen are seen by ``intercept_methods``, and the rest by wrapping the names that a model can reach."""

    inference = "apply without mutable collections, with train=False, deterministic=True or the like if it has one"
    packages = PACKAGES

    def __init__(self, adapter: Any, folder: Path, progress: Callable[[int], None] = lambda count: None) -> None:
        super().__init__(adapter, folder, progress)
        self.jax, self.linen = (importlib.import_module(name) for name in ("jax", "flax.linen"))
        self.array = type(self.jax.numpy.zeros(1))

    def is_model(self, thing: Any) -> bool:
        if nnx.is_model(thing):
            return True
        return isinstance(thing, tuple) and len(thing) == 2 and isinstance(thing[0], self.linen.Module)

    def is_tensor(self, thing: Any) -> bool:
        return isinstance(thing, self.array)

    def is_parameter(self, tensor: Any) -> bool:
        return False  # modules keep theirs to themselves

    def to_numpy(self, tensor: Any) -> np.ndarray:
        array = np.asarray(tensor)
        return array.astype(np.float32) if array.dtype.name == "bfloat16" else array

    def to_tensor(self, array: np.ndarray) -> Any:
        return self.jax.numpy.asarray(np.array(array))

    def told(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Told:
        return of_function(name, args, kwargs)

    def run(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        args, kwargs = (tuple(inputs.values()), {}) if "" in inputs else ((), dict(inputs))
        if nnx.is_model(model):
            self.inference, self.interface = nnx.INFERENCE, "nnx"
            copy = nnx.inferring(model)
            with self._patched(), replaced(nnx.changes(self, copy)):
                return copy(*args, **kwargs)
        module, variables = model
        with self._patched(), self.linen.intercept_methods(self._module):
            return module.apply(variables, *args, **kwargs, **inferring(module))

    def randomised(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        made = like()
        if nnx.is_model(model):
            return nnx.changed(model, made)
        module, variables = model
        return module, self.jax.tree_util.tree_map(lambda array: made(self.to_numpy(array)), variables)

    def line(self, source: str, x: Any, weights: Weights) -> Any:
        if self.interface == "nnx":
            self.adapter.namespace.update(nnx.names())
        return super().line(source, x, weights)

    def applied(self, layer: Any, x: Any, weights: Weights) -> Any:
        if nnx.is_model(layer):
            return nnx.applied(layer, x, weights, {name: leaf for name, (_, leaf) in PLACES.items()})
        if not weights:
            return layer.init_with_output(self.jax.random.PRNGKey(0), x)[0]
        shapes = self.jax.eval_shape(layer.init, self.jax.random.PRNGKey(0), x)
        path = next((name for name, part in shapes["params"].items() if isinstance(part, Mapping)), "")
        held = shapes["params"][path] if path else shapes["params"]
        variables: dict[str, Any] = {}
        for name, array in weights.items():
            collection, leaf = PLACES[name]
            if name == "kernel":
                array = of_a_line(array, held["kernel"].shape)
            place = variables.setdefault(collection, {})
            (place.setdefault(path, {}) if path else place)[leaf] = self.jax.numpy.asarray(array)
        return layer.apply(variables, x)

    def _module(self, call: Callable[..., Any], args: Any, kwargs: Any, context: Any) -> Any:
        module = context.module
        if self.inside or context.method_name != "__call__" or type(module).__name__ not in MODULES:
            return call(*args, **kwargs)
        alone, variables = module.clone(parent=None), module.variables
        arrays = {name: np.asarray(value) for collection in variables.values() for name, value in collection.items()}
        applied = self.alone(lambda *args, **kwargs: alone.apply(variables, *args, **kwargs))
        where = {"name": type(module).__name__, "path": "/".join(module.path), "source": calling_line(PACKAGES)}
        return self.observe(applied, (args, kwargs), lambda given: of_module(module, given[0][0], arrays), **where)

    @contextlib.contextmanager
    def _patched(self) -> Iterator[None]:
        """Observe functions and operators."""
        owners = [(sys.modules[name], names) for name, names in FUNCTIONS.items() if name in sys.modules]
        changes = [
            (owner, name, self.watched(name, getattr(owner, name)))
            for owner, names in [*owners, (self.array, METHODS)]
            for name in names
            if callable(getattr(owner, name, None))
        ]
        with replaced(changes):
            yield


RECORDER = FlaxRecorder
