"""The lines of a script that make a Haiku module inside a transform, and apply it with weights.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import OF_WEIGHTS

MADE = "hk.transform(lambda x: ({})(x))"  # how a script makes a layer from its line


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    if source.startswith(OF_WEIGHTS):
        return [f"y = numpy.asarray({layer}(jnp.asarray(x), jnp.asarray(kernel)))"]
    own = "{" + ", ".join(f'"{"w" if name == "kernel" else "b"}": {name}' for name in weights) + "}"
    given = [
        f"made = {layer}.init(jax.random.key(0), jnp.asarray(x))",
        f"parameters = {{next(iter(made)): {own}}}" if weights else "parameters = made",
    ]
    return [*given, f"y = numpy.asarray({layer}.apply(parameters, None, jnp.asarray(x)))"]
