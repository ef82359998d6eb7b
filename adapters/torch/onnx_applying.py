"""The lines of a script that give a PyTorch layer its weights, export it, and run it in ONNX Runtime.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import OF_WEIGHTS
from .onnx_script import NET, RUN


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    lines = ["x = torch.tensor(x)"]
    if source.startswith(OF_WEIGHTS):
        lines += ["net = nn.ParameterList([torch.tensor(kernel)])", f"net.forward = lambda x: {layer}(x, net[0])"]
        return [*lines, *RUN]
    lines += [line.format(layer=layer) for line in NET]
    if weights:
        lines += ["with torch.no_grad():"]
        lines += ["    net.forward(x)  # makes its parameters"] if "Lazy" in source else []
        lines += [
            f"    for parameter, array in zip(net.parameters(), [{', '.join(weights)}]):",
            "        parameter.copy_(torch.tensor(array))",
        ]
    return [*lines, *RUN]
