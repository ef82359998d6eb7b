"""Biases, activations and names in PyTorch, whose layers have no names: a name is the variable of the layer.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import ALIKE, Dressing, Line, Reads, assigned, take, written

READS = {
    **ALIKE,
    "leakyrelu": Reads("leaky_relu", "negative_slope", 0.01),
    "gelu": Reads("gelu", "approximate", "none", {"none": "gelu", "tanh": "gelu_tanh"}),
}
WRITES = {
    "relu": "nn.ReLU()",
    "relu6": "nn.ReLU6()",
    "leaky_relu": "nn.LeakyReLU({})",
    "elu": "nn.ELU()",
    "selu": "nn.SELU()",
    "gelu": "nn.GELU()",
    "gelu_tanh": "nn.GELU('tanh')",
    "silu": "nn.SiLU()",
    "sigmoid": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "softplus": "nn.Softplus()",
    "softsign": "nn.Softsign()",
    "hard_sigmoid": "nn.Hardsigmoid()",
    "hard_swish": "nn.Hardswish()",
    "mish": "nn.Mish()",
    "pointwise": "nn.Conv{rank}d({inputs}, {outputs}, 1)",
    "pointwise without bias": "nn.Conv{rank}d({inputs}, {outputs}, 1, bias=False)",
}


def dress(source: str, dressing: Dressing) -> str:
    """Return a spelled line with a bias, activations and a name. Raise KeyError for an activation that has no word."""
    line = Line(source)
    conv = line.convolution
    if conv is None:
        return assigned(source, dressing.name)
    if dressing.bias:
        take(conv, "bias")
    if dressing.after:
        line.append("nn.Sequential", [written(one, WRITES) for one in dressing.after], listed=False)
    return assigned(str(line), dressing.name)
