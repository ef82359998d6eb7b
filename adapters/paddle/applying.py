"""The lines of a script that give a PaddlePaddle layer its weights and apply it.

Pure: the standard library only.
"""

from __future__ import annotations


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    in_order = source.rpartition(" = ")[2].startswith("[")  # layers and functions
    if not in_order:
        of_layer = [f"{layer}.to(dtype=x.dtype.name)", *_give(f"{layer}.parameters()", weights)] if weights else []
        return [*of_layer, f"y = {layer}(paddle.to_tensor(x)).numpy()"]
    of_layers = [
        f"layers = [part for part in {layer} if isinstance(part, paddle.nn.Layer)]",
        *_give("[parameter for part in layers for parameter in part.parameters()]", weights),
    ]
    return [
        *(of_layers if weights else []),
        "y = paddle.to_tensor(x)",
        f"for part in {layer}:",
        "    y = part.to(dtype=y.dtype)(y) if isinstance(part, paddle.nn.Layer) else part(y)",
        "y = y.numpy()",
    ]


def _give(parameters: str, weights: tuple[str, ...]) -> list[str]:
    return [
        f"for parameter, array in zip({parameters}, [{', '.join(weights)}]):",
        "    parameter.set_value(paddle.to_tensor(array, dtype=parameter.dtype))",
    ]
