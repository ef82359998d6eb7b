"""The lines of a script that give a Keras layer its weights and apply it.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import OF_WEIGHTS

# How the layers of a file get their weights, by the names of a recording, as a function and a call of it, and how a
# layer is run on an array.
GIVE = '''def give(layer, shape, **weights):
    """Give a layer for inputs of a shape, or the one layer with weights inside it, these weights."""
    layer.build((None, *shape[1:]))
    names = {"scale": "gamma", "shift": "beta", "mean": "moving_mean", "variance": "moving_variance"}
    holder = next(part for part in getattr(layer, "layers", [layer]) if part.weights)
    for name, array in weights.items():
        getattr(holder, names.get(name, name)).assign(array)
'''
CALL = "give({layer}, {shape}, {weights})"
RUN = """def run(name, layer, x):
    return keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(x)))
"""


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    if source.startswith(OF_WEIGHTS):
        return [f"y = keras.ops.convert_to_numpy({layer}(x, kernel))"]
    give = [f"{layer}.build(x.shape)", f"{layer}.set_weights([{', '.join(weights)}])"]
    return [*(give if weights else []), f"y = keras.ops.convert_to_numpy({layer}(x))"]
