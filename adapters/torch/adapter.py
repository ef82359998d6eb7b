"""The adapter that runs PyTorch layers; ``spelling.py`` has their spellings."""

from __future__ import annotations

import copy
import functools
from typing import Any, ClassVar

import numpy as np

from ..adapter import Adapter, only, takes_weights
from ..live import Live
from ..processor import torch_facts
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

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.torch = self.namespace["torch"]
        self.namespace["functools"] = functools  # for a person's line that calls its layer with an output size

    def pin(self) -> None:
        self.torch.set_num_threads(1)

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        torch, nn = self.torch, self.namespace["nn"]
        with torch.no_grad():
            data = torch.from_numpy(np.ascontiguousarray(x)).to(getattr(torch, dtype))
            if takes_weights(layer):
                return layer(data, torch.from_numpy(np.ascontiguousarray(weights)).to(data.dtype))
            if weights is not None:
                parts = map(_module, _parts(layer))
                modules = [m for part in parts if isinstance(part, nn.Module) for m in part.modules()]
                if any(isinstance(p, nn.parameter.UninitializedParameter) for m in modules for p in m.parameters()):
                    _in_order(layer, data)
                conv = only([m for m in modules if isinstance(m, nn.modules.conv._ConvNd)])
                conv.weight.copy_(torch.from_numpy(np.ascontiguousarray(weights)))
                if conv.bias is not None:
                    conv.bias.zero_()
            return _in_order(layer, data)

    def to_numpy(self, y: Any) -> np.ndarray:
        narrow = y.dtype.is_floating_point and y.dtype != self.torch.float64
        values: np.ndarray = (y.float() if narrow else y).numpy()
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
