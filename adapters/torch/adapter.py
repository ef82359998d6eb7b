"""The adapter that runs PyTorch layers; ``spelling.py`` has their spellings."""

from __future__ import annotations

import copy
import functools
import importlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from ..adapter import Adapter, only, takes_weights
from ..live import Live
from ..processor import torch_facts
from ..running import CPU, MODES, TORCH_DEVICES, use_torch_device
from .live import TorchLive
from .spelling import as_written, port


class TorchAdapter(Adapter):
    """Layers of ``torch.nn``, including lazy ones."""

    name = "torch"
    title = "PyTorch"
    imports = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F"
    distributions: ClassVar[tuple[str, ...]] = ("torch", "numpy")
    modules: ClassVar[tuple[str, ...]] = ("torch",)
    channels_last = False
    applying = """x, w = (torch.tensor(array, dtype=torch.@DTYPE@) for array in (x, w))
with torch.no_grad():
    for parameter in layer.parameters():
        parameter.copy_(w)
    y = layer(x)"""

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"mode": MODES, "device": TORCH_DEVICES}
    compiling = "torch.compile(layer, fullgraph=True, dynamic=False)"

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.torch = self.namespace["torch"]
        self.namespace["functools"] = functools  # for a person's line that calls its layer with an output size

    def pin(self) -> None:
        self.torch.set_num_threads(1)
        use_torch_device(self.torch, self.chosen.get("device", CPU))
        if self.compiles:
            inductor: Any = importlib.import_module("torch._inductor.config")
            inductor.compile_threads = 1  # in this process

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        torch, nn = self.torch, self.namespace["nn"]
        with torch.no_grad():
            data = torch.from_numpy(np.ascontiguousarray(x)).to(self.chosen.get("device", CPU), getattr(torch, dtype))
            if takes_weights(layer):
                return self._run(layer, data, torch.from_numpy(np.ascontiguousarray(weights)).to(data))
            if weights is not None:
                parts = map(_module, _parts(layer))
                modules = [m for part in parts if isinstance(part, nn.Module) for m in part.modules()]
                if any(isinstance(p, nn.parameter.UninitializedParameter) for m in modules for p in m.parameters()):
                    _in_order(layer, data)
                conv = only([m for m in modules if isinstance(m, nn.modules.conv._ConvNd)])
                conv.weight.copy_(torch.from_numpy(np.ascontiguousarray(weights)))
                if conv.bias is not None:
                    conv.bias.zero_()
            return self._run(lambda data: _in_order(layer, data), data)

    def _run(self, function: Callable[..., Any], *tensors: Any) -> Any:
        """Return what a function returns for tensors, in the mode of this environment."""
        if not self.compiles:
            return function(*tensors)
        self.torch.compiler.reset()  # torch 2.13 compiles the code of a function for 8 layers only
        return self.torch.compile(function, fullgraph=True, dynamic=False)(*tensors)

    def to_numpy(self, y: Any) -> np.ndarray:
        narrow = y.dtype.is_floating_point and y.dtype != self.torch.float64
        values: np.ndarray = (y.float() if narrow else y).cpu().numpy()
        return values

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        meta = copy.deepcopy(layer).to("meta") if hasattr(layer, "parameters") else layer
        return tuple(meta(self.torch.empty(shape, device="meta", dtype=getattr(self.torch, dtype))).shape)

    def live(self, layer: Any) -> Live:
        return TorchLive(self, layer)

    def facts(self) -> dict[str, Any]:
        return torch_facts(self.torch)


def _parts(layer: Any) -> list[Any]:
    """Return the layers and functions to apply in order; torch has no layer that applies a function."""
    return layer if isinstance(layer, list) else [layer]


def _module(part: Any) -> Any:
    """Return the layer itself, of a layer or of one with an argument of its call."""
    return part.func if isinstance(part, functools.partial) else part


def _in_order(layer: Any, data: Any) -> Any:
    for part in _parts(layer):
        data = part(data)
    return data


ADAPTER = TorchAdapter
