"""The lines of a script that make a model of an OpenVINO function and its weights, and run it.

Pure: the standard library only.
"""

from __future__ import annotations


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    constants = ", ".join(["given", *(f"ops.constant({name})" for name in weights)])
    return [
        "given = ops.parameter(x.shape, x.dtype)",
        f"model = ov.Model([{layer}({constants}).output(0)], [given])",
        'y = ov.compile_model(model, "CPU")([x])[0]',
    ]
