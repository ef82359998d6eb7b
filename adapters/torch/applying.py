"""The lines of a script that give a PyTorch layer its weights and apply it.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import OF_WEIGHTS

# How the layers of a file get their weights, by the names of a recording, as a function and a call of it, and how a
# layer is run on an array.
GIVE = '''def give(layer, **weights):
    """Give a layer, or the one layer with weights inside it, these weights."""
    names = {"kernel": "weight", "scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var"}
    holder = next(part for part in layer.modules() if isinstance(getattr(part, "weight", None), torch.Tensor))
    with torch.no_grad():
        for name, array in weights.items():
            getattr(holder, names.get(name, name)).copy_(torch.from_numpy(numpy.array(array)))
'''
CALL = "give({layer}, {weights})"
RUN = """def run(name, layer, x):
    with torch.no_grad():
        return (layer.eval() if isinstance(layer, nn.Module) else layer)(torch.from_numpy(x)).numpy()
"""


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    if source.startswith(OF_WEIGHTS):
        return [f"y = {layer}(torch.tensor(x), torch.tensor(kernel)).numpy()"]
    lazy = [f"    {layer}(torch.tensor(x))  # makes its parameters"] if "Lazy" in source else []
    give = [
        *lazy,
        f"    for parameter, array in zip({layer}.parameters(), [{', '.join(weights)}]):",
        "        parameter.copy_(torch.tensor(array))",
    ]
    return ["with torch.no_grad():", *(give if weights else []), f"    y = {layer}(torch.tensor(x)).numpy()"]
