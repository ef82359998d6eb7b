"""Records models of Flax linen, given as ``(module, variables)``: modules, functions and operators between arrays."""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..models.filling import kernel_last
from ..models.recorder import Recorder, Weights, calling_line
from .calls import MODULES, of_function, of_module
from .filling import PLACES

PACKAGES = ("flax", "jax", "jaxlib", "contextlib")
FUNCTIONS = {
    "flax.linen": ("max_pool", "avg_pool", "relu", "relu6", "gelu", "silu", "swish", "sigmoid", "tanh", "softmax")
    + ("hard_swish", "hard_silu", "hard_sigmoid", "softplus", "selu", "leaky_relu"),
    "jax.nn": ("relu", "relu6", "gelu", "silu", "swish", "sigmoid", "tanh", "softmax", "hard_swish", "hard_silu")
    + ("hard_sigmoid", "softplus", "mish", "selu", "leaky_relu"),
    "jax.numpy": ("mean", "reshape", "transpose", "add", "multiply", "concatenate", "pad"),
    "jax.image": ("resize",),
}
OPERATORS = ("__add__", "__radd__", "__sub__", "__mul__", "__rmul__", "__truediv__", "__getitem__")
METHODS = (*OPERATORS, "mean", "reshape", "transpose", "ravel")


class FlaxRecorder(Recorder):
    """Modules are seen by ``intercept_methods``, and the rest by wrapping the names that a model can reach."""

    inference = "apply without mutable collections; train=False or deterministic=True are the model's own"

    def __init__(self, adapter: Any, folder: Path, progress: Callable[[int], None] = lambda count: None) -> None:
        super().__init__(adapter, folder, progress)
        self.jax, self.linen = (importlib.import_module(name) for name in ("jax", "flax.linen"))
        self.array = type(self.jax.numpy.zeros(1))
        self.inside = 0

    def is_model(self, thing: Any) -> bool:
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

    def run(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        module, variables = model
        with self._patched(), self.linen.intercept_methods(self._module):
            if "" in inputs:
                return module.apply(variables, *inputs.values())
            return module.apply(variables, **inputs)

    def applied(self, layer: Any, x: Any, weights: Weights) -> Any:
        if not weights:
            return layer.init_with_output(self.jax.random.PRNGKey(0), x)[0]
        shapes = self.jax.eval_shape(layer.init, self.jax.random.PRNGKey(0), x)
        path = next((name for name, part in shapes["params"].items() if isinstance(part, Mapping)), "")
        variables: dict[str, Any] = {}
        for name, array in weights.items():
            collection, leaf = PLACES[name]
            array = kernel_last(array) if name == "kernel" else array
            place = variables.setdefault(collection, {})
            (place.setdefault(path, {}) if path else place)[leaf] = self.jax.numpy.asarray(array)
        return layer.apply(variables, x)

    def _module(self, call: Callable[..., Any], args: Any, kwargs: Any, context: Any) -> Any:
        module = context.module
        if self.inside or context.method_name != "__call__" or type(module).__name__ not in MODULES:
            return call(*args, **kwargs)
        alone, variables = module.clone(parent=None), module.variables
        arrays = {name: np.asarray(value) for collection in variables.values() for name, value in collection.items()}

        def applied(*args: Any, **kwargs: Any) -> Any:
            with self._observing():
                return alone.apply(variables, *args, **kwargs)

        where = {"name": type(module).__name__, "path": "/".join(module.path), "source": calling_line(PACKAGES)}
        return self.observe(applied, (args, kwargs), lambda given: of_module(module, given[0][0], arrays), **where)

    @contextlib.contextmanager
    def _patched(self) -> Iterator[None]:
        """Observe functions and operators."""
        with contextlib.ExitStack() as undoing:
            for owner, names in [(importlib.import_module(n), names) for n, names in FUNCTIONS.items()] + [
                (self.array, METHODS)
            ]:
                for name in names:
                    function = getattr(owner, name, None)
                    if callable(function):
                        undoing.callback(setattr, owner, name, function)
                        setattr(owner, name, self._function(name, function))
            yield

    def _function(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def observed(*args: Any, **kwargs: Any) -> Any:
            if self.inside or not any(True for _ in self._tensors((args, kwargs))):
                return function(*args, **kwargs)

            def applied(*args: Any, **kwargs: Any) -> Any:
                with self._observing():
                    return function(*args, **kwargs)

            where = {"name": name.strip("_"), "source": calling_line(PACKAGES)}
            return self.observe(applied, (args, kwargs), lambda given: of_function(name, *given), **where)

        return observed

    @contextlib.contextmanager
    def _observing(self) -> Iterator[None]:
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


RECORDER = FlaxRecorder
