"""The adapter that runs MLX layers on the CPU; ``spelling.py`` has their spellings."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...cases.dtypes import INTEGERS
from ..adapter import Adapter, only, takes_weights
from ..weights import block_diagonal
from .spelling import as_written, port


class MlxAdapter(Adapter):
    """Layers of ``mlx.nn``, and functions of ``mlx.core``."""

    name = "mlx"
    title = "MLX"
    imports = "import mlx.core as mx\nimport mlx.nn\nimport numpy as np"
    distributions = ("mlx", "mlx-cpu", "numpy")
    modules = ("mlx",)
    channels_last = True
    applying = """mx.set_default_device(mx.cpu)
x = mx.array(numpy.moveaxis(x, 1, -1), mx.@DTYPE@)  # channels last
if hasattr(layer, "weight"):  # (out, *size, in)
    inputs = 0 if "Transpose" in type(layer).__name__ else 1
    layer.weight = mx.array(numpy.moveaxis(w, inputs, -1), mx.@DTYPE@)
y = layer(x)"""

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.mx, self.nn = self.namespace["mx"], self.namespace["mlx"].nn

    def pin(self) -> None:
        self.mx.set_default_device(self.mx.cpu)  # which alone has float64

    def weights_to_layout(self, weights: np.ndarray) -> np.ndarray:
        """Return weights unchanged: their layout depends on the layer, a convolution or a transposed one."""
        return weights

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        data = self._array(x, dtype)
        if weights is None:
            return layer(data)
        if takes_weights(layer):
            return layer(data, self._array(weights, dtype))
        conv = only(self._convolutions(layer))
        transposed = "Transpose" in type(conv).__name__
        conv.weight = self._array(fitted(weights, conv.weight.shape, transposed), dtype)
        if "bias" in conv:
            conv.bias = self.mx.zeros(conv.bias.shape, data.dtype)
        return layer(data)

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        """Return the shape of an output that is not computed: MLX computes values only when they are needed."""
        data = self.mx.zeros(shape, getattr(self.mx, dtype))
        given = [self.mx.zeros(weights.shape, data.dtype)] if weights is not None and takes_weights(layer) else []
        return tuple(layer(data, *given).shape)

    def to_numpy(self, y: Any) -> np.ndarray:
        return np.asarray(y.astype(self.mx.float32) if y.dtype == self.mx.bfloat16 else y)  # NumPy has no bfloat16

    def facts(self) -> dict[str, Any]:
        return {"device": self.mx.default_device().type.name}

    def _array(self, values: np.ndarray, dtype: str) -> Any:
        kind = getattr(self.mx, dtype)
        return self.mx.array(values.astype(dtype) if dtype in INTEGERS else values, kind)

    def _convolutions(self, layer: Any) -> list[Any]:
        if not isinstance(layer, self.nn.Module):
            return []
        return [part for _, part in layer.named_modules() if "Conv" in type(part).__name__]


def fitted(weights: np.ndarray, shape: tuple[int, ...], transposed: bool) -> np.ndarray:
    """Return weights as a layer has them, (out, *kernel, in), with zeros between the groups if it has none.

    They are given as (out, in / groups, *kernel), or for a transposed layer as (in, out / groups, *kernel).
    """
    whole, inputs = (shape[0], 0) if transposed else (shape[-1], 1)
    if weights.shape[1] != whole:
        weights = block_diagonal(weights, whole // weights.shape[1])
    return np.ascontiguousarray(np.moveaxis(weights, inputs, -1))


ADAPTER = MlxAdapter
