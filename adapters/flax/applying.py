"""The lines of a script that give a Flax layer its weights, of which it has none of its own, and apply it.

Pure: the standard library only.
"""

from __future__ import annotations

import ast

from ..dressing import OF_WEIGHTS, Line

# How the layers of a file get their weights, by the names of a recording, as a function and a call of it, and how a
# layer is run on an array.
GIVE = '''variables = {}  # of each layer, by its name


def give(name, layer, shape, **weights):
    """Put the variables of a layer, or of the one layer with weights inside it, under its name."""
    arrays = {{"shift": "bias", "variance": "var"}.get(weight, weight): array for weight, array in weights.items()}
    made = layer.init(jax.random.PRNGKey(0), jnp.zeros(shape))
    variables[name] = jax.tree_util.tree_map_with_path(
        lambda path, leaf: jnp.asarray(arrays.get(path[-1].key, leaf)), made
    )
'''
CALL = 'give("{layer}", {layer}, {shape}, {weights})'
RUN = """def run(name, layer, x):
    if hasattr(layer, "apply"):
        return numpy.asarray(layer.apply(variables.get(name, {}), jnp.asarray(x)))
    return numpy.asarray(layer(jnp.asarray(x)))
"""


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    if source.startswith(OF_WEIGHTS):
        return [f"y = numpy.asarray({layer}(jnp.asarray(x), jnp.asarray(kernel)))"]
    if not weights:  # a pool is a function
        return [f"y = numpy.asarray({layer}(x))"]
    own = "{" + ", ".join(f'"{name}": {name}' for name in weights) + "}"
    place = _place(source)
    parameters = f'{{"{place}": {own}}}' if place else own
    return [f'variables = {{"params": {parameters}}}', f"y = numpy.asarray({layer}.apply(variables, x))"]


def _place(source: str) -> str:
    """Return the name of the convolution's parameters in a chain, which is its place; empty if it is alone."""
    line = Line(source)
    chain = line.value.args[0] if isinstance(line.value, ast.Call) and line.value is not line.convolution else None
    if not isinstance(chain, ast.List) or line.convolution is None:
        return ""
    return f"layers_{chain.elts.index(line.convolution)}"
