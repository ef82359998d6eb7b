"""The lines of a script that give an MXNet Gluon block its weights and apply it.

Pure: the standard library only.
"""

from __future__ import annotations


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    give = [
        f"{layer}.initialize()",
        f"for parameter, array in zip({layer}.collect_params().values(), [{', '.join(weights)}]):",
        "    parameter.set_data(np.array(array))",
    ]
    return [*(give if weights else []), f"y = {layer}(np.array(x)).asnumpy()"]
