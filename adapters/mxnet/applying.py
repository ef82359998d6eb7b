"""The lines of a script that give an MXNet Gluon block its weights and apply it.

Pure: the standard library only.
"""

from __future__ import annotations

# How the layers of a file get their weights, by the names of a recording, as a function and a call of it, and how a
# layer is run on an array.
GIVE = '''def give(layer, shape, **weights):
    """Give a layer for inputs of a shape, or the one layer with weights inside it, these weights."""
    names = {"kernel": "weight", "scale": "gamma", "shift": "beta", "mean": "running_mean", "variance": "running_var"}
    layer.initialize()
    layer(np.zeros(shape))  # makes the parameters
    for name, array in weights.items():
        ending = names.get(name, name)
        parameter = next(one for own, one in layer.collect_params().items() if own.endswith(ending))
        parameter.set_data(np.array(array))
'''
CALL = "give({layer}, {shape}, {weights})"
RUN = """def run(name, layer, x):
    return layer(np.array(x)).asnumpy()
"""


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    give = [
        f"{layer}.initialize()",
        f"for parameter, array in zip({layer}.collect_params().values(), [{', '.join(weights)}]):",
        "    parameter.set_data(np.array(array))",
    ]
    return [*(give if weights else []), f"y = {layer}(np.array(x)).asnumpy()"]
