"""The lines of a script that give a Keras layer its weights and apply it.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import OF_WEIGHTS


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    if source.startswith(OF_WEIGHTS):
        return [f"y = keras.ops.convert_to_numpy({layer}(x, kernel))"]
    give = [f"{layer}.build(x.shape)", f"{layer}.set_weights([{', '.join(weights)}])"]
    return [*(give if weights else []), f"y = keras.ops.convert_to_numpy({layer}(x))"]
