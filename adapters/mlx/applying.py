"""The lines of a script that give an MLX layer its weights and apply it.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import OF_WEIGHTS


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    if source.startswith(OF_WEIGHTS):
        return [f"y = numpy.asarray({layer}(mx.array(x), mx.array(kernel)))"]
    names = {"kernel": "weight", "bias": "bias"}
    give = [
        f"holder = next(part for _, part in {layer}.named_modules() if 'weight' in part)",
        *(f"holder.{names[name]} = mx.array({name})" for name in weights),
    ]
    return [*(give if weights else []), f"y = numpy.asarray({layer}(mx.array(x)))"]
