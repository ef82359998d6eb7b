"""The adapter that runs Keras layers; ``spelling.py`` has their spellings."""

from __future__ import annotations

import contextlib
import importlib
from typing import Any, ClassVar

import numpy as np

from ...cases.case import Case
from ...cases.dtypes import INTEGERS
from ..adapter import Adapter, only, takes_weights
from ..live import Live
from ..spelling import Inexpressible, Spelling
from ..weights import block_diagonal, spread
from .live import KerasLive
from .spelling import Backend, as_written


class KerasAdapter(Adapter):
    """Layers of ``keras.layers``; a subclass for each backend."""

    imports = "import keras\nimport numpy as np\nfrom keras import layers"
    channels_last = True
    applying = """x = keras.ops.convert_to_tensor(numpy.moveaxis(x, 1, -1), "@DTYPE@")  # channels last
layer.build(x.shape)
for variable in layer.weights:
    variable.assign(numpy.moveaxis(w, (0, 1), (-1, -2)).reshape(variable.shape))
y = layer(x)"""

    backend: ClassVar[type[Backend]]
    as_written = staticmethod(as_written)

    def __init__(self) -> None:
        super().__init__()
        self.keras = self.namespace["keras"]

    def pin(self) -> None:
        self.keras.config.set_image_data_format("channels_last")  # overrides a user's ~/.keras/keras.json
        self.keras.config.set_floatx("float32")
        self.reset_names = importlib.import_module("keras.src.utils.naming").reset_uids

    def build(self, source: str) -> Any:
        # TensorFlow 2.21 keeps a kernel for every name that a variable has had: 35 KB per layer, and slower.
        self.reset_names()
        return super().build(source)

    @classmethod
    def port(cls, case: Case) -> Spelling | Inexpressible:
        return cls.backend.port(case)

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        x = x.astype(dtype) if dtype in INTEGERS else x  # TensorFlow makes no integers of floats
        return self.applied(layer, self.keras.ops.convert_to_tensor(x, dtype=dtype), self.kernel(layer, weights))

    def kernel(self, layer: Any, weights: np.ndarray | None) -> np.ndarray | None:
        """Return weights in the shape of the layer's kernel, which may be depthwise, block-diagonal or spread."""
        if weights is None or takes_weights(layer):
            return weights
        conv = only(_convolutions(layer))
        if hasattr(conv, "depth_multiplier"):
            return weights.reshape(weights.shape[:-2] + (-1, conv.depth_multiplier))
        # The functions that make other weights take the channels first.
        first = np.moveaxis(weights, (-1, -2), (0, 1))
        if hasattr(conv, "output_padding"):
            whole = block_diagonal(first, conv.filters // weights.shape[-2])
            return np.moveaxis(spread(whole, conv.kernel_size), (0, 1), (-1, -2))
        if tuple(conv.kernel_size) != weights.shape[:-2]:
            return np.moveaxis(spread(first, conv.kernel_size), (0, 1), (-1, -2))
        return weights

    def applied(self, layer: Any, x: Any, kernel: Any) -> Any:
        """Return the output of a layer on a tensor, with this kernel or, for None, its initial one."""
        if takes_weights(layer):
            return layer(x, self.keras.ops.convert_to_tensor(kernel, dtype=x.dtype))
        if kernel is not None and self._applies_in_order(layer, x):
            with contextlib.suppress(Exception):  # then its own error is the one to report
                return self._in_order(layer, x, kernel)
        if kernel is not None:
            conv = only(_convolutions(layer))
            if not layer.built:
                # Random numbers that are overwritten at once would take longer than the convolution.
                name = "depthwise_initializer" if hasattr(conv, "depth_multiplier") else "kernel_initializer"
                setattr(conv, name, self.keras.initializers.Zeros())
                layer.build(x.shape)
            conv.kernel.assign(kernel)
            if conv.bias is not None:
                conv.bias.assign(self.keras.ops.zeros(conv.bias.shape, conv.bias.dtype))
        return layer(x)

    def _applies_in_order(self, layer: Any, x: Any) -> bool:
        """Return whether a layer is a Sequential that would do nothing but apply its layers: neither built nor cast."""
        if type(layer) is not self.keras.Sequential or layer.built:
            return False
        same: bool = self.keras.backend.standardize_dtype(x.dtype) == layer.compute_dtype
        return same

    def _in_order(self, chain: Any, x: Any, kernel: Any) -> Any:
        """Return the output of a Sequential of one convolution without its build, which takes longer than all the rest.

        A Sequential checks the shapes and applies its layers in order.
        """
        conv = only(_convolutions(chain))
        for layer in chain.layers:
            if not isinstance(layer, self.keras.layers.Lambda):
                layer.compute_output_shape(x.shape)  # raises where some kernels of TensorFlow 2.21 end the process
            x = self.applied(layer, x, kernel if layer is conv else None)
        return x

    def to_numpy(self, y: Any) -> np.ndarray:
        values: np.ndarray = self.keras.ops.convert_to_numpy(y)
        return values

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        return tuple(layer.compute_output_shape(shape))

    def live(self, layer: Any) -> Live:
        return KerasLive(self, layer) if isinstance(layer, self.keras.layers.Layer) else Live(self, layer)

    def facts(self) -> dict[str, Any]:
        return {"backend": self.keras.config.backend()}


def _convolutions(layer: Any) -> list[Any]:
    return [m for m in getattr(layer, "layers", [layer]) if hasattr(m, "kernel_size")]
