"""The adapter that runs PaddlePaddle layers on the CPU; ``spelling.py`` has their spellings."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..adapter import Adapter, only
from .spelling import as_written, port


class PaddleAdapter(Adapter):
    """Layers of ``paddle.nn``, functions, and lists of both to apply in order."""

    name = "paddle"
    title = "PaddlePaddle"
    imports = "import paddle"
    distributions = ("paddlepaddle", "numpy")
    modules = ("paddle",)
    channels_last = False
    applying = """x, w = (paddle.to_tensor(array).astype("@DTYPE@") for array in (x, w))
layer.to(dtype="@DTYPE@")
for parameter in layer.parameters():
    parameter.set_value(w)
y = layer(x)"""

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.paddle = self.namespace["paddle"]
        self.paddle.set_device("cpu")

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        paddle, parts = self.paddle, self._parts(layer)
        data = paddle.to_tensor(np.ascontiguousarray(x)).astype(dtype)
        if weights is not None:
            conv = only([part for part in parts if hasattr(part, "weight")])
            conv.to(dtype=dtype)
            conv.weight.set_value(paddle.to_tensor(np.ascontiguousarray(weights)).astype(dtype))
            if conv.bias is not None:
                conv.bias.set_value(paddle.zeros_like(conv.bias))
        with paddle.no_grad():
            for part in parts:
                data = self._typed(part, data.dtype)(data)
        return data

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        return ()  # only a program that is traced infers a shape; tracing ended workers of PaddlePaddle 3.3.1

    def to_numpy(self, y: Any) -> np.ndarray:
        narrow = y.dtype in (self.paddle.float16, self.paddle.bfloat16)
        values: np.ndarray = (y.astype("float32") if narrow else y).numpy()
        return values

    def facts(self) -> dict[str, Any]:
        threads = self.paddle.get_flags("FLAGS_paddle_num_threads")["FLAGS_paddle_num_threads"]
        return {"threads": threads, "device": self.paddle.get_device()}

    def _parts(self, layer: Any) -> list[Any]:
        """Return the layers and functions to apply in order."""
        found = layer if isinstance(layer, list) else [layer]
        rows = self.paddle.nn.Sequential
        return [part for one in found for part in (one if isinstance(one, rows) else [one])]

    def _typed(self, part: Any, dtype: Any) -> Any:
        """Return a layer that works in the dtype of its input; a function as it is."""
        return part.to(dtype=dtype) if isinstance(part, self.paddle.nn.Layer) else part


ADAPTER = PaddleAdapter
