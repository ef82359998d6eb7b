"""The adapter that runs Equinox layers; ``spelling.py`` has their spellings."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..adapter import only, takes_weights
from ..traced import TracedAdapter
from .spelling import MIRRORED, as_written, port


class EquinoxAdapter(TracedAdapter):
    """Modules of ``equinox.nn``, and functions, of one example, which are applied to each example of a batch."""

    name = "equinox"
    title = "Equinox on JAX"
    imports = """import equinox as eqx
import jax
from jax import lax
from jax import numpy as jnp
key = jax.random.key(0)"""
    distributions = ("equinox", "jax", "jaxlib", "numpy")
    modules = ("equinox", "jax")
    channels_last = False
    applying = """jax.config.update("jax_enable_x64", "@DTYPE@" == "float64")
x = jnp.asarray(x, "@DTYPE@")
if isinstance(layer, eqx.nn.ConvTranspose):  # whose kernel is (out, in / groups, *size)
    w = numpy.concatenate([part.swapaxes(0, 1) for part in numpy.split(w, layer.groups)])
if hasattr(layer, "weight"):
    layer = eqx.tree_at(lambda layer: layer.weight, layer, jnp.asarray(w, "@DTYPE@"))
y = jax.vmap(layer)(x)"""

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.jax, self.jnp, self.eqx = (self.namespace[name] for name in ("jax", "jnp", "eqx"))

    def build(self, source: str) -> Any:
        """Return the layer with shapes in place of arrays: making them takes longer than applying the layer."""
        made = self.eqx.filter_eval_shape(lambda: super(EquinoxAdapter, self).build(source))
        return _Mirrored(made) if MIRRORED in source else made

    def given(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> tuple[Any, Any]:
        kind = self.jnp.dtype(dtype)
        if weights is None:
            return x.astype(kind), None
        if takes_weights(layer):
            return x.astype(kind), weights.astype(kind)
        if isinstance(layer, _Mirrored):
            weights, layer = np.flip(weights, tuple(range(2, weights.ndim))), layer.layer
        conv = only(self._convolutions(layer))
        if isinstance(conv, self.eqx.nn.ConvTranspose):
            weights = outputs_first(weights, conv.groups)
        return x.astype(kind), weights.astype(kind)

    def applied(self, layer: Any, x: Any, kernel: Any) -> Any:
        if takes_weights(layer):
            return layer(x, kernel)
        layer = layer.layer if isinstance(layer, _Mirrored) else layer
        if kernel is not None:
            layer = self.eqx.tree_at(lambda whole: only(self._convolutions(whole)).weight, layer, kernel)
            if (conv := only(self._convolutions(layer))).bias is not None:
                zeros = self.jnp.zeros(conv.bias.shape, kernel.dtype)
                layer = self.eqx.tree_at(lambda whole: only(self._convolutions(whole)).bias, layer, zeros)
        return self.jax.vmap(layer)(x)

    def _convolutions(self, layer: Any) -> list[Any]:
        kinds = (self.eqx.nn.Conv, self.eqx.nn.ConvTranspose)
        found = self.jax.tree_util.tree_leaves(layer, is_leaf=lambda part: isinstance(part, kinds))
        return [part for part in found if isinstance(part, kinds)]


class _Mirrored:
    """A layer that is given its kernel mirrored, which its line says in a comment."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer


def outputs_first(weights: np.ndarray, groups: int) -> np.ndarray:
    """Return weights (C, O/groups, *kernel) as (O, C/groups, *kernel)."""
    return np.concatenate([part.swapaxes(0, 1) for part in np.split(weights, groups)])


ADAPTER = EquinoxAdapter
