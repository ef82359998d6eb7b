"""Records models of Gluon: blocks, functions of ``mx.npx`` and operators between arrays."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..adapter import only
from ..models.randomising import like
from ..models.recorder import NotAModel, Told, Weights, calling_line
from ..models.watching import WatchingRecorder, replaced
from .calls import FUNCTIONS, of_block, of_function
from .filling import NAMES
from .live import blocks

PACKAGES = ("mxnet", "contextlib")
OPERATORS = ("__add__", "__radd__", "__mul__", "__rmul__", "__truediv__", "__sub__", "__getitem__")
METHODS = (*OPERATORS, "mean", "reshape", "transpose", "swapaxes", "as_nd_ndarray", "as_np_ndarray")
LEGACY = {"contrib": ("BilinearResize2D", "AdaptiveAvgPooling2D"), "": ("UpSampling",)}  # of arrays as MXNet 1 had them


class MxnetRecorder(WatchingRecorder):
    """Blocks without blocks of their own are one call each; others are looked into."""

    inference = "outside of autograd.record, where blocks infer"
    packages = PACKAGES

    def __init__(self, adapter: Any, folder: Path, progress: Callable[[int], None] = lambda count: None) -> None:
        super().__init__(adapter, folder, progress)
        self.mx, self.np = adapter.mx, adapter.np
        self.block = self.mx.gluon.Block
        self.paths: dict[int, str] = {}

    def is_model(self, thing: Any) -> bool:
        return isinstance(thing, self.block)

    def is_tensor(self, thing: Any) -> bool:
        return isinstance(thing, self.mx.nd.NDArray)  # of which that of mx.np is a kind

    def is_parameter(self, tensor: Any) -> bool:
        return False  # blocks keep theirs to themselves

    def to_numpy(self, tensor: Any) -> np.ndarray:
        array: np.ndarray = tensor.asnumpy()
        return array

    def to_tensor(self, array: np.ndarray) -> Any:
        return self.np.array(array, dtype=array.dtype)

    def told(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Told:
        return of_function(name, args, kwargs)

    def run(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        if "" not in inputs:
            raise NotAModel("a block takes its inputs in order; give them as --input without names")
        self._name(model, "")
        with self._patched():
            return model(*inputs.values())

    def randomised(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        model(*inputs.values())  # which makes the parameters that wait for the size of their input
        made = like()
        for parameter in model.collect_params().values():
            parameter.set_data(self.np.array(made(parameter.data().asnumpy())))
        return model

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
        methods = [(kind, n) for kind in (self.mx.nd.NDArray, self.np.ndarray) for n in METHODS if n in vars(kind)]
        functions = [
            (owner, n) for owner in (npx, self.np) for n in FUNCTIONS if inspect.isfunction(vars(owner).get(n))
        ]
        changes = [(owner, n, self.watched(n, getattr(owner, n))) for owner, n in (*methods, *functions)]
        for place, names in LEGACY.items():
            owner = getattr(self.mx.nd, place) if place else self.mx.nd
            changes += [(owner, n, self.watched(n, _given_legacy(getattr(owner, n)))) for n in names]
        for owner in (self.block, self.mx.gluon.HybridBlock):
            if "__call__" in vars(owner):
                changes.append((owner, "__call__", self._blocks(vars(owner)["__call__"])))
        with replaced(changes):
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
                with self.observing():
                    return call(block, *args)
            finally:
                block.act = act

        for parameter in block._reg_params.values():
            if parameter._deferred_init:
                with self.observing():
                    call(block, *args)
                break
        weights = {n: p.data().asnumpy() for n, p in block._reg_params.items() if p is not None}
        where = {"name": type(block).__name__, "path": self.paths.get(id(block), ""), "source": calling_line(PACKAGES)}
        return self.observe(applied, (args, {}), lambda given: of_block(block, given[0][0], weights), **where)


def _given_legacy(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of arrays as MXNet 1 had them that takes those of mx.np as well."""

    @functools.wraps(function)
    def applied(x: Any, *args: Any, **kwargs: Any) -> Any:
        return function(x.as_nd_ndarray(), *args, **kwargs)

    return applied


RECORDER = MxnetRecorder
