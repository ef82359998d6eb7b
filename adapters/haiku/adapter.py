"""The adapter that runs Haiku modules; ``spelling.py`` has their spellings."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..adapter import takes_weights
from ..traced import TracedAdapter
from ..weights import block_diagonal, spread
from .spelling import as_written, port


class HaikuAdapter(TracedAdapter):
    """Modules and functions of ``haiku``. A module can only be made where it is applied, so a layer is a function."""

    name = "haiku"
    title = "Haiku on JAX"
    imports = "import haiku as hk\nimport jax\nfrom jax import lax\nfrom jax import numpy as jnp"
    distributions = ("dm-haiku", "jax", "jaxlib", "numpy")
    modules = ("haiku", "jax")
    channels_last = True
    applying = """jax.config.update("jax_enable_x64", "@DTYPE@" == "float64")
x = jnp.asarray(numpy.moveaxis(x, 1, -1), "@DTYPE@")  # channels last
parameters = layer.init(jax.random.key(0), x)
for name in parameters:
    parameters = {name: {"w": jnp.asarray(numpy.moveaxis(w, (0, 1), (-1, -2)), "@DTYPE@")}}
y = layer.apply(parameters, None, x)"""

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.jax, self.jnp, self.hk = (self.namespace[name] for name in ("jax", "jnp", "hk"))

    def script(self) -> str:
        made = "layer = hk.transform(lambda x: (@SOURCE@)(x))"
        return super().script().replace("layer = @SOURCE@", made)

    def build(self, source: str) -> Any:
        """Return the layer as a function of its input, which makes the module when it is applied."""
        if source.startswith("lambda x, w"):
            return super().build(source)
        layer = super().build(f"lambda x: ({source}\n)(x)")
        layer.mirrored = "# its kernel mirrored" in source
        return layer

    def given(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> tuple[Any, Any]:
        kind = self.jnp.dtype(dtype)
        if weights is None:
            return x.astype(kind), None
        if not takes_weights(layer):
            shape = next(iter(self._holder(layer, x.astype(kind)).values()))["w"].shape
            if getattr(layer, "mirrored", False):
                weights = np.flip(weights, tuple(range(weights.ndim - 2)))
            weights = fitted(weights, shape)
        return x.astype(kind), weights.astype(kind)

    def applied(self, layer: Any, x: Any, kernel: Any) -> Any:
        if takes_weights(layer):
            return layer(x, kernel)
        made = self.hk.transform(layer)
        if kernel is None:
            return made.apply(made.init(self.jax.random.key(0), x), None, x)
        [(name, own)] = self._holder(layer, x).items()
        bias = {"b": self.jnp.zeros(own["b"].shape, kernel.dtype)} if "b" in own else {}
        return made.apply({name: {"w": kernel, **bias}}, None, x)

    def _holder(self, layer: Any, x: Any) -> dict[str, Any]:
        """Return the shapes of the weights of the one module that has any, under its name. Raise ValueError."""
        found: dict[str, Any] = self.jax.eval_shape(self.hk.transform(layer).init, self.jax.random.key(0), x)
        if len(found) != 1:
            raise ValueError(f"weights need exactly one convolution; this layer holds {len(found)}")
        return found


def fitted(weights: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return weights (*kernel, _, _) in the shape of a port's, with zeros between the groups and between the taps."""
    if weights.shape[-2] != shape[-2]:
        whole = block_diagonal(np.moveaxis(weights, (-1, -2), (0, 1)), shape[-2] // weights.shape[-2])
        weights = np.moveaxis(whole, (0, 1), (-1, -2))
    if weights.shape != shape:
        weights = np.moveaxis(spread(np.moveaxis(weights, (-1, -2), (0, 1)), shape[:-2]), (0, 1), (-1, -2))
    return weights


ADAPTER = HaikuAdapter
