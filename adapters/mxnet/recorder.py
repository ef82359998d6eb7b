"""Records models of Gluon: blocks, functions of ``mx.npx`` and operators between arrays."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..adapter import only
from ..models.recorder import NotAModel, Recorder, Weights, calling_line
from .calls import FUNCTIONS, of_block, of_function
from .filling import NAMES
from .live import blocks

PACKAGES = ("mxnet", "contextlib")
OPERATORS = ("__add__", "__radd__", "__mul__", "__rmul__", "__truediv__", "__sub__", "__getitem__")
METHODS = (*OPERATORS, "mean", "reshape", "transpose")


class MxnetRecorder(Recorder):
    """Blocks without blocks of their own are one call each; others are looked into."""

    inference = "outside of autograd.record, where blocks infer"

    def __init__(self, adapter: Any, folder: Path, progress: Callable[[int], None] = lambda count: None) -> None:
        super().__init__(adapter, folder, progress)
        self.mx, self.np = adapter.mx, adapter.np
        self.block = self.mx.gluon.Block
        self.inside = 0
        self.paths: dict[int, str] = {}

    def is_model(self, thing: Any) -> bool:
        return isinstance(thing, self.block)

    def is_tensor(self, thing: Any) -> bool:
        return isinstance(thing, self.np.ndarray)

    def is_parameter(self, tensor: Any) -> bool:
        return False  # blocks keep theirs to themselves

    def to_numpy(self, tensor: Any) -> np.ndarray:
        array: np.ndarray = tensor.asnumpy()
        return array

    def to_tensor(self, array: np.ndarray) -> Any:
        return self.np.array(array, dtype=array.dtype)

    def run(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        if "" not in inputs:
            raise NotAModel("a block takes its inputs in order; give them as --input without names")
        self._name(model, "")
        with self._patched():
            return model(*inputs.values())

    def line(self, source: str, x: Any, weights: Weights) -> Any:
        if source.startswith("net = "):  # several statements
            return self.applied(self.adapter.build(source), x, weights)
        return super().line(source, x, weights)

    def applied(self, layer: Any, x: Any, weights: Weights) -> Any:
        layer.initialize()
        y = layer(x)  # which makes the parameters
        if not weights:
            return y
        holder = only([block for block in blocks(layer) if block._reg_params])
        for name, array in weights.items():
            parameter = holder._reg_params[NAMES[name]]
            parameter.set_data(self.np.array(array, dtype=parameter.dtype))
        return layer(x)

    def _name(self, block: Any, path: str) -> None:
        self.paths[id(block)] = path
        for name, child in block._children.items():
            self._name(child, f"{path}.{name}".lstrip("."))

    @contextlib.contextmanager
    def _patched(self) -> Iterator[None]:
        """Observe blocks, functions and operators."""
        npx = self.mx.npx
        owners = [(self.np.ndarray, METHODS), (npx, tuple(name for name in FUNCTIONS if hasattr(npx, name)))]
        classes = [self.block, self.mx.gluon.HybridBlock]
        with contextlib.ExitStack() as undoing:
            for owner, names in owners:
                for name in names:
                    function = getattr(owner, name)
                    undoing.callback(setattr, owner, name, function)
                    setattr(owner, name, self._function(name, function))
            for owner in classes:
                if "__call__" in vars(owner):
                    undoing.callback(setattr, owner, "__call__", vars(owner)["__call__"])
                    owner.__call__ = self._blocks(vars(owner)["__call__"])
            yield

    def _blocks(self, call: Callable[..., Any]) -> Callable[..., Any]:
        recorder = self

        @functools.wraps(call)
        def observed(block: Any, *args: Any) -> Any:
            if recorder.inside or recorder._is_composite(block):
                return call(block, *args)
            if getattr(block, "act", None) is None:
                return recorder._leaf(call, block, args)
            act, block.act = block.act, None  # an activation of its own is a call of its own
            try:
                y = recorder._leaf(call, block, args)
            finally:
                block.act = act
            return recorder._leaf(call, act, (y,))

        return observed

    def _is_composite(self, block: Any) -> bool:
        return any(child is not getattr(block, "act", None) for child in block._children.values())

    def _leaf(self, call: Callable[..., Any], block: Any, args: Any) -> Any:
        def applied(*args: Any) -> Any:
            act, block.act = getattr(block, "act", None), None
            try:
                with self._observing():
                    return call(block, *args)
            finally:
                block.act = act

        for parameter in block._reg_params.values():
            if parameter._deferred_init:
                with self._observing():
                    call(block, *args)
                break
        weights = {n: p.data().asnumpy() for n, p in block._reg_params.items() if p is not None}
        where = {"name": type(block).__name__, "path": self.paths.get(id(block), ""), "source": calling_line(PACKAGES)}
        return self.observe(applied, (args, {}), lambda given: of_block(block, given[0][0], weights), **where)

    def _function(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def observed(*args: Any, **kwargs: Any) -> Any:
            if self.inside:
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


RECORDER = MxnetRecorder
