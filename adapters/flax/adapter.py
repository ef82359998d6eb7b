"""The adapter that runs Flax layers; ``spelling.py`` has their spellings."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..adapter import only, takes_weights
from ..live import Live
from ..traced import TracedAdapter
from ..weights import block_diagonal
from . import modules_of_nnx
from .live import of_layer
from .spelling import as_written, port


class FlaxAdapter(TracedAdapter):
    """Modules and functions of ``flax.linen``."""

    name = "flax"
    title = "Flax on JAX"
    imports = "import jax\nfrom flax import linen as nn\nfrom jax import lax\nfrom jax import numpy as jnp"
    distributions = ("flax", "jax", "jaxlib", "numpy")
    modules = ("flax", "jax")
    channels_last = True
    applying = """jax.config.update("jax_enable_x64", "@DTYPE@" == "float64")
x = jnp.asarray(numpy.moveaxis(x, 1, -1), "@DTYPE@")  # channels last
if hasattr(layer, "apply"):
    w = numpy.moveaxis(w, (0, 1), (-2, -1) if isinstance(layer, nn.ConvTranspose) else (-1, -2))
    y = layer.apply({"params": {"kernel": jnp.asarray(w, "@DTYPE@")}}, x)
else:  # a pool is a function
    y = layer(x)"""

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.jax, self.jnp = self.namespace["jax"], self.namespace["jnp"]
        self.zeros = self.namespace["nn"].initializers.zeros

    def names(self, source: str) -> dict[str, Any]:
        nnx = modules_of_nnx.nnx() if "nnx." in source else None  # which takes as long to import as linen
        return {**self.namespace, **({"nnx": nnx, "rngs": nnx.Rngs(0)} if nnx else {})}

    def given(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> tuple[Any, Any]:
        kind = self.jnp.dtype(dtype)
        if weights is None:
            return x.astype(kind), None
        if takes_weights(layer):
            return x.astype(kind), weights.astype(kind)
        if modules_of_nnx.is_module(layer):
            conv: Any = modules_of_nnx.Features(only(modules_of_nnx.convolutions(layer)))
        else:
            conv = only(list(_convolutions(layer).values()) or [layer])
        if hasattr(conv, "transpose_kernel"):
            groups = conv.features // weights.shape[-2]
            if groups > 1:
                whole = block_diagonal(np.moveaxis(weights, (-1, -2), (0, 1)), groups)
                weights = np.moveaxis(whole, (0, 1), (-1, -2))
            weights = weights if conv.transpose_kernel else np.swapaxes(weights, -1, -2)
        return x.astype(kind), weights.astype(kind)

    def applied(self, layer: Any, x: Any, kernel: Any) -> Any:
        if takes_weights(layer):
            return layer(x, kernel)
        if modules_of_nnx.is_module(layer):
            return modules_of_nnx.applied(layer, x, kernel)
        if not hasattr(layer, "apply"):
            return layer(x)
        if kernel is None:
            return layer.init_with_output(self.jax.random.PRNGKey(0), x)[0]
        convs = _convolutions(layer)
        parameters: dict[str, Any] = {"kernel": kernel}
        conv = only(list(convs.values()) or [layer])
        if conv.use_bias:
            parameters["bias"] = np.zeros(conv.features, kernel.dtype)
        if convs:
            return layer.apply({"params": dict.fromkeys(convs, parameters)}, x)
        # Linen traces the initializer to check shapes even if weights are given, which is two thirds of the tracing.
        return layer.clone(kernel_init=self.zeros).apply({"params": parameters}, x)

    def live(self, layer: Any) -> Live:
        return of_layer(self, layer)


def _convolutions(layer: Any) -> dict[str, Any]:
    """Return the convolutions in a chain of layers, by the names that linen gives them."""
    return {f"layers_{i}": m for i, m in enumerate(getattr(layer, "layers", [])) if hasattr(m, "kernel_size")}


ADAPTER = FlaxAdapter
