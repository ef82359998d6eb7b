"""Biases, activations and names in PaddlePaddle, whose layers are named by the variable that they are assigned to.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import ALIKE, Dressing, Line, Reads, assigned, take, written

READS = {
    **ALIKE,
    "leakyrelu": Reads("leaky_relu", "negative_slope", 0.01),
    "gelu": Reads(
        "gelu", "approximate", False, {False: "gelu", True: "gelu_tanh", "none": "gelu", "tanh": "gelu_tanh"}
    ),
}
WRITES = {
    "relu": "paddle.nn.ReLU()",
    "relu6": "paddle.nn.ReLU6()",
    "leaky_relu": "paddle.nn.LeakyReLU({})",
    "elu": "paddle.nn.ELU()",
    "selu": "paddle.nn.SELU()",
    "gelu": "paddle.nn.GELU()",
    "gelu_tanh": "paddle.nn.GELU(True)",
    "silu": "paddle.nn.Silu()",
    "sigmoid": "paddle.nn.Sigmoid()",
    "tanh": "paddle.nn.Tanh()",
    "softplus": "paddle.nn.Softplus()",
    "softsign": "paddle.nn.Softsign()",
    "hard_sigmoid": "paddle.nn.Hardsigmoid()",
    "hard_swish": "paddle.nn.Hardswish()",
    "mish": "paddle.nn.Mish()",
    "pointwise": "paddle.nn.Conv{rank}D({inputs}, {outputs}, 1)",
    "pointwise without bias": "paddle.nn.Conv{rank}D({inputs}, {outputs}, 1, bias_attr=False)",
}


def dress(source: str, dressing: Dressing) -> str:
    """Return a spelled line with a bias, activations and a name. Raise KeyError for an activation that has no word."""
    line = Line(source)
    conv = line.convolution
    if conv is None:
        return assigned(source, dressing.name)
    if dressing.bias:
        take(conv, "bias_attr")
    if dressing.after:
        line.append("paddle.nn.Sequential", [written(one, WRITES) for one in dressing.after], listed=False)
    return assigned(str(line), dressing.name)
