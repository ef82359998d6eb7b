"""Records models of PyTorch: every function that is called on tensors, in modules and outside them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..adapter import only
from ..models.randomising import like
from ..models.recorder import Recorder, Told, Weights, calling_line
from . import exported, files
from .calls import of_call


class TorchRecorder(Recorder):
    """Functions are seen by ``__torch_function__``, which modules call too, and paths by forward hooks."""

    inference = "model.eval(), without gradients"

    def __init__(self, adapter: Any, folder: Path, progress: Callable[[int], None] = lambda count: None) -> None:
        super().__init__(adapter, folder, progress)
        self.torch = adapter.torch
        self.parameters: set[int] = set()
        self.dtype: Any = None
        self.device: Any = "cpu"

    def is_model(self, thing: Any) -> bool:
        return isinstance(thing, self.torch.nn.Module)

    def is_tensor(self, thing: Any) -> bool:
        return isinstance(thing, self.torch.Tensor)

    def is_parameter(self, tensor: Any) -> bool:
        return id(tensor) in self.parameters

    def to_numpy(self, tensor: Any) -> np.ndarray:
        plain = tensor.detach().cpu()
        plain = plain.float() if plain.dtype == self.torch.bfloat16 else plain
        array: np.ndarray = plain.numpy()
        return array

    def to_tensor(self, array: np.ndarray) -> Any:
        tensor = self.torch.from_numpy(np.array(array)).to(self.device)
        return tensor.to(self.dtype) if self.dtype and tensor.is_floating_point() else tensor

    def record(self, model: Any, inputs: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> None:
        floating = [parameter for parameter in model.parameters() if parameter.is_floating_point()]
        self.dtype = floating[0].dtype if floating else self.torch.float32
        self.device = floating[0].device if floating else "cpu"
        super().record(model, inputs, about)

    def run(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        self.parameters = {id(t) for t in (*model.parameters(), *model.buffers())}
        paths = _Paths(model)
        args, kwargs = (tuple(inputs.values()), {}) if "" in inputs else ((), dict(inputs))
        with self.torch.no_grad(), paths.followed(self.torch), self._mode(paths):
            if exported.is_exported(model):
                self.inference = "as exported"
                exported.expect_inference(model)
                return exported.run(self.torch, model, args, kwargs, paths.place)
            with _inferring(model):
                return model(*args, **kwargs)

    def again(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        with self.torch.no_grad():
            return function(*args, **kwargs)

    def line(self, source: str, x: Any, weights: Weights) -> Any:
        with self.torch.no_grad():
            return super().line(source, x, weights)

    def applied(self, layer: Any, x: Any, weights: Weights) -> Any:
        layer.eval().to(x.device, x.dtype if x.is_floating_point() else self.dtype)
        names = {"kernel": "weight", "bias": "bias", "scale": "weight", "shift": "bias"}
        names.update(mean="running_mean", variance="running_var")
        if weights:
            holder = only([m for m in layer.modules() if isinstance(getattr(m, "weight", None), self.torch.Tensor)])
            for name, array in weights.items():
                getattr(holder, names[name]).copy_(self.torch.from_numpy(np.array(array)))
        return layer(x)

    def randomised(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        made = like()
        with self.torch.no_grad():
            for tensor in (*model.parameters(), *model.buffers()):
                if tensor.is_floating_point() and not hasattr(tensor, "materialize"):  # which a lazy one has
                    tensor.copy_(self.torch.from_numpy(made(self.to_numpy(tensor))))
        return model

    def load(self, path: Path) -> Any:
        return files.load(self.torch, path)

    def _mode(self, paths: _Paths) -> Any:
        recorder = self

        class Mode(self.torch.overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
            def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                return recorder._called(func, args, kwargs or {}, paths)

        return Mode()

    def _called(self, function: Any, args: Any, kwargs: Any, paths: _Paths) -> Any:
        name = getattr(function, "__name__", "")
        if name in ("__get__", "__set__") or not any(True for _ in self._tensors((args, kwargs))):
            return function(*args, **kwargs)

        def told(arguments: Any) -> Told:
            if hasattr(function, "_schema"):
                return of_call(*exported.as_function(function, *arguments))
            return of_call(name, *arguments)

        if name == "__setitem__":
            function = _setting(function)
        where = {"name": paths.layer or name, "path": paths.path, "source": calling_line(("torch",))}
        return self.observe(function, (args, kwargs), told, **where)


@contextlib.contextmanager
def _inferring(model: Any) -> Iterator[None]:
    """Let a model infer; afterwards each of its modules trains or infers as before."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


def _setting(function: Any) -> Callable[..., Any]:
    def set_item(tensor: Any, *args: Any) -> Any:
        function(tensor, *args)
        return tensor

    return set_item


class _Paths:
    """The place in a model at which a call is made, as its modules are entered and left."""

    def __init__(self, model: Any) -> None:
        self.names = {id(module): name for name, module in model.named_modules()}
        self.stack: list[tuple[str, Any]] = []
        self.exported: tuple[str, str] | None = None  # the path and class of a call in an exported program

    def place(self, path: str, layer: str) -> None:
        """Note the path and class of the next call in an exported program, which enters no modules."""
        self.exported = path, layer

    @property
    def path(self) -> str:
        if self.exported:
            return self.exported[0]
        return self.stack[-1][0] if self.stack else ""

    @property
    def layer(self) -> str:
        """The class of the module, if it is one without modules of its own."""
        if self.exported:
            return self.exported[1]
        module = self.stack[-1][1] if self.stack else None
        return "" if module is None or any(True for _ in module.children()) else type(module).__name__

    @contextlib.contextmanager
    def followed(self, torch: Any) -> Iterator[None]:
        """Follow the modules that are entered."""

        def enter(module: Any, args: Any) -> None:
            self.stack.append((self.names.get(id(module), self.path), module))

        def leave(module: Any, args: Any, output: Any) -> None:
            if self.stack:
                self.stack.pop()

        hooks = torch.nn.modules.module
        handles = (
            hooks.register_module_forward_pre_hook(enter),
            hooks.register_module_forward_hook(leave, always_call=True),
        )
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


RECORDER = TorchRecorder
