"""The lines of a script that give a PyTorch layer its weights and apply it.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import OF_WEIGHTS


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
