"""Live layers of Keras: a layer or model that holds one convolution or pool, however deep inside it.

A layer that is built is used itself, and gets its numbers back afterwards: Keras copies a layer through its
configuration, which a Lambda or a user-defined class may not have.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from ...cases.case import Case
from ...cases.dtypes import Dtype
from ...cases.operations import Op
from ..adapter import bare
from ..live import AS_FUNCTION, Live, Unsupported, sole, supported

CONVOLUTIONS = ("Conv{}D", "Conv{}DTranspose", "DepthwiseConv{}D", "SeparableConv{}D")
POOLS = ("MaxPooling{}D", "AveragePooling{}D")


class KerasLive(Live):
    """A layer of Keras, on any backend."""

    def __init__(self, adapter: Any, layer: Any) -> None:
        super().__init__(adapter, layer)
        self.keras = importlib.import_module("keras")  # tf.keras lacks keras.saving
        self.kept: list[tuple[Any, Any]] = []

    def copied(self) -> KerasLive:
        if not all(layer.built for layer in self._inside()):
            return KerasLive(self.adapter, self._fresh(self.layer))
        live = KerasLive(self.adapter, self.layer)
        live.kept = [(variable, self.adapter.to_numpy(variable.value)) for variable in self.layer.variables]
        return live

    def restore(self) -> None:
        for variable, value in self.kept:
            variable.assign(value)

    @property
    def dtype(self) -> Dtype:
        inside = self._of(CONVOLUTIONS) or self._of(POOLS) or [self.layer]
        return supported(inside[0].compute_dtype)

    def known(self, shape: tuple[int, ...]) -> Case | None:
        convs, pools, channels = self._of(CONVOLUTIONS), self._of(POOLS), shape[1]
        if not convs + pools:
            return None
        found = sole(convs or pools, "convolutions" if convs else "pools")
        if found.data_format != "channels_last":
            raise Unsupported("has data_format='channels_first'; expected 'channels_last'")
        if not convs:
            pooling: Op = "max_pool" if found in self._of(("MaxPooling{}D",)) else "avg_pool"
            return bare(pooling, found.pool_size, (channels, channels))
        if hasattr(found, "pointwise_constraint"):
            raise Unsupported("has no single kernel to give weights to; compare its two convolutions one at a time")
        if hasattr(found, "depth_multiplier"):
            return bare("conv", found.kernel_size, (channels, channels * found.depth_multiplier), channels)
        op: Op = "conv_transpose" if hasattr(found, "output_padding") else "conv"
        return bare(op, found.kernel_size, (channels, found.filters), getattr(found, "groups", 1))

    def forward(self, x: np.ndarray, weights: np.ndarray | None) -> Any:
        x, kernel = self.adapter.laid_out(x, weights)
        tensor = self.keras.ops.convert_to_tensor(x, dtype=self.dtype)
        if kernel is not None:
            conv = sole(self._of(CONVOLUTIONS), "convolutions")
            if not conv.built:
                self.layer(tensor, training=False)
            conv.kernel.assign(self.adapter.kernel(conv, kernel))
            if conv.bias is not None:
                conv.bias.assign(self.keras.ops.zeros(conv.bias.shape, conv.bias.dtype))
        y = self.layer(tensor, training=False)
        if not self.keras.ops.is_tensor(y):
            raise Unsupported(f"returns a {type(y).__name__}; expected one tensor: {AS_FUNCTION}")
        return y

    def _inside(self) -> list[Any]:
        return list(self.layer._flatten_layers())  # Keras 3.15 has no public name for it

    def _of(self, names: tuple[str, ...]) -> list[Any]:
        layers = self.keras.layers
        every = [name.format(rank) for name in names for rank in (1, 2, 3)]
        kinds = tuple(getattr(layers, name) for name in every if hasattr(layers, name))
        return [layer for layer in self._inside() if isinstance(layer, kinds)]

    def _fresh(self, layer: Any) -> Any:
        """Return a layer that is not built yet in a copy. Its class, and the function of a Lambda, are shared."""
        keras = self.keras
        if isinstance(layer, keras.layers.Lambda):
            return layer
        if type(layer) is keras.Sequential:
            return keras.Sequential([self._fresh(part) for part in layer.layers])
        scope = keras.saving.custom_object_scope({type(part).__name__: type(part) for part in layer._flatten_layers()})
        try:
            with scope:
                return type(layer).from_config(layer.get_config())
        except Exception:
            raise Unsupported(
                f"is not built, and {type(layer).__name__} cannot be copied from its configuration: "
                "call it on an input once before you compare it"
            ) from None
