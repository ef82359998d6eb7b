"""Records models of Keras: layers and operations as they are called, in functional models and in others.

The functions of ``keras.ops`` are wrapped where a model can reach them, and so are the operators between tensors of the
backend, such as ``x + y``. Functions of the backend itself, such as ``tf.nn.relu``, are not seen.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..adapter import only
from ..models.randomising import like
from ..models.recorder import Told, Weights, calling_line
from ..models.watching import WatchingRecorder, replaced
from . import files, lite, operators, separable
from .calls import activation_of, of_function, of_layer

PACKAGES = ("keras", "torch", "tensorflow", "jax", "jaxlib", "contextlib")
MODULES = ("keras.ops", "keras.ops.nn", "keras.ops.numpy", "keras.ops.image")


class KerasRecorder(WatchingRecorder):
    """Layers are seen by their ``__call__``; those of Keras itself are one call each, others are looked into."""

    inference = "training=False"
    packages = PACKAGES

    def __init__(self, adapter: Any, folder: Path, progress: Callable[[int], None] = lambda count: None) -> None:
        super().__init__(adapter, folder, progress)
        self.keras = adapter.keras
        ops = self.keras.ops  # whose functions are wrapped while a model runs, so these are taken before
        self._is_tensor, self._as_numpy, self._as_tensor = ops.is_tensor, ops.convert_to_numpy, ops.convert_to_tensor
        self.stack: list[str] = []

    def is_model(self, thing: Any) -> bool:
        return isinstance(thing, self.keras.layers.Layer)

    def is_tensor(self, thing: Any) -> bool:
        symbolic = isinstance(thing, (np.ndarray, self.keras.KerasTensor))
        return bool(self._is_tensor(thing)) and not symbolic

    def is_parameter(self, tensor: Any) -> bool:
        return False  # variables are no tensors

    def to_numpy(self, tensor: Any) -> np.ndarray:
        array: np.ndarray = np.asarray(self._as_numpy(tensor))
        return array.astype(np.float32) if array.dtype.name == "bfloat16" else array

    def to_tensor(self, array: np.ndarray) -> Any:
        return self._as_tensor(np.array(array))

    def randomised(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        if isinstance(model, lite.LiteModel):
            return None
        if not model.built:
            model(self._given(inputs))
        made = like()
        model.set_weights([made(array) for array in model.get_weights()])
        return model

    def load(self, path: Path) -> Any:
        return lite.LiteModel(path) if path.suffix.lower() == ".tflite" else files.load(self.keras, path)

    def told(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Told:
        return of_function(name, args, dict(kwargs))

    def path(self) -> str:
        return "/".join(self.stack[1:])

    def run(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        if isinstance(model, lite.LiteModel):
            self.inference = "as converted"
            return lite.run(self, model, inputs)
        given = self._given(inputs)
        with self._patched():
            trains = "training" in inspect.signature(model.call).parameters
            if isinstance(given, dict) and not isinstance(model, self.keras.Model):
                return model(**given)
            return model(given, training=False) if trains else model(given)

    def _given(self, inputs: Mapping[str, Any]) -> Any:
        if "" not in inputs:
            return dict(inputs)
        return next(iter(inputs.values())) if len(inputs) == 1 else list(inputs.values())

    def applied(self, layer: Any, x: Any, weights: Weights) -> Any:
        layer.build(tuple(x.shape))
        names = {"scale": "gamma", "shift": "beta", "mean": "moving_mean", "variance": "moving_variance"}
        if weights:
            parts = getattr(layer, "layers", [layer])
            holder = only([part for part in parts if hasattr(part, "kernel") or hasattr(part, "gamma")])
            for name, array in weights.items():
                variable = getattr(holder, names.get(name, name))
                array = np.moveaxis(array, (0, 1), (-1, -2)) if name == "kernel" else array
                variable.assign(np.ascontiguousarray(array).reshape(tuple(variable.shape)))
        return layer(x, training=False) if "training" in inspect.signature(layer.call).parameters else layer(x)

    def again(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        return function(*args, **kwargs)

    @contextlib.contextmanager
    def _patched(self) -> Iterator[None]:
        """Observe the calls of layers, operations and functions."""
        layer_class = next(c for c in self.keras.layers.Layer.__mro__ if "__call__" in vars(c))
        operation = importlib.import_module("keras.src.ops.operation").Operation
        changes = [(layer_class, "__call__", self._layers(layer_class.__call__))]
        changes.append((operation, "__call__", self._operations(operation.__call__)))
        for module in map(importlib.import_module, MODULES):
            for name, function in vars(module).items():
                if inspect.isfunction(function) and not name.startswith("_"):
                    changes.append((module, name, self.watched(name, function)))
        with operators.watched(type(self.to_tensor(np.zeros(1))), self.watched), replaced(changes):
            yield

    def _layers(self, call: Callable[..., Any]) -> Callable[..., Any]:
        recorder = self

        @functools.wraps(call)
        def observed(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if recorder.inside or any(isinstance(arg, recorder.keras.KerasTensor) for arg in args):
                return call(layer, *args, **kwargs)  # it is part of another call, or only builds the model
            recorder.stack.append(layer.name)
            try:
                if recorder._is_leaf(layer):
                    return recorder._leaf(call, layer, args, kwargs)
                return call(layer, *args, **kwargs)
            finally:
                recorder.stack.pop()

        return observed

    def _is_leaf(self, layer: Any) -> bool:
        if isinstance(layer, self.keras.Model):
            return False
        own = type(layer).__module__.startswith("keras.")
        return own or not layer._flatten_layers(include_self=False, recursive=False)

    def _leaf(self, call: Callable[..., Any], layer: Any, args: Any, kwargs: Any) -> Any:
        where = {"name": type(layer).__name__, "path": self.path(), "source": calling_line(PACKAGES)}
        if not layer.built and args:
            with self.observing():
                layer.build(tuple(args[0].shape)) if hasattr(args[0], "shape") else None
        activation = activation_of(layer)

        def applied(*args: Any, **kwargs: Any) -> Any:
            with self.observing(), _without_activation(layer, activation):
                return call(layer, *args, **kwargs)

        if separable.is_separable(layer):
            y = self._parts(layer, args[0] if args else kwargs["inputs"], where)
        else:
            y = self.observe(applied, (args, kwargs), lambda given: of_layer(layer, given[0]), **where)
        if activation is None:
            return y
        return self.seen(activation.__name__, activation, (y,), {}, {**where, "name": activation.__name__})

    def _parts(self, layer: Any, x: Any, where: Mapping[str, str]) -> Any:
        """Return the sums of a separable convolution, recorded as the two layers that it is."""
        for end, function, told in separable.parts(self.keras.ops, layer):
            here = {**where, "path": f"{where['path']}{end}"}
            x = self.observe(self.alone(function), ((x,), {}), functools.partial(_of_first, told), **here)
        return x

    def _operations(self, call: Callable[..., Any]) -> Callable[..., Any]:
        recorder = self

        @functools.wraps(call)
        def observed(operation: Any, *args: Any, **kwargs: Any) -> Any:
            if recorder.inside or isinstance(operation, recorder.keras.layers.Layer):
                return call(operation, *args, **kwargs)
            name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(operation).__name__).lower()
            apply = functools.partial(call, operation)
            return recorder.seen(name, apply, args, kwargs, {"name": name, "path": operation.name, "source": ""})

        return observed


def _of_first(told: Callable[[Any], Told], arguments: Any) -> Told:
    """Return the description of a call by its first argument."""
    return told(arguments[0][0])


@contextlib.contextmanager
def _without_activation(layer: Any, activation: Any) -> Iterator[None]:
    """Let a layer return its sums."""
    if activation is None:
        yield
        return
    vars(layer)["activation"] = None
    try:
        yield
    finally:
        vars(layer)["activation"] = activation


RECORDER = KerasRecorder
