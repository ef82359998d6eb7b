"""The lines of a script that give an Equinox layer its weights and apply it to each example of a batch.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import OF_WEIGHTS


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    if source.startswith(OF_WEIGHTS):
        return [f"y = numpy.asarray({layer}(jnp.asarray(x), jnp.asarray(kernel)))"]
    held = {"kernel": "jnp.asarray(kernel)", "bias": "jnp.reshape(bias, holder.bias.shape)"}
    names = {"kernel": "weight", "bias": "bias"}
    give = [
        f"parts = jax.tree_util.tree_leaves({layer}, is_leaf=lambda part: hasattr(part, 'weight'))",
        "holder = next(part for part in parts if hasattr(part, 'weight'))",
        *(f"object.__setattr__(holder, '{names[name]}', {held[name]})" for name in weights),
    ]
    return [*(give if weights else []), f"y = numpy.asarray(jax.vmap({layer})(jnp.asarray(x)))"]
