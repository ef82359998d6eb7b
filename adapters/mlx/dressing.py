"""Biases, activations and names in MLX, whose layers have no names: a name is the variable of the layer.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import ALIKE, Dressing, Line, Reads, assigned, take, written

APPROXIMATIONS = {"none": "gelu", "tanh": "gelu_tanh", "precise": "gelu_tanh"}  # "fast" is x * sigmoid(1.702 x)
READS = {
    **ALIKE,
    "leakyrelu": Reads("leaky_relu", "negative_slope", 0.01),
    "gelu": Reads("gelu", "approx", "none", APPROXIMATIONS),
    "geluapprox": Reads("gelu_tanh"),
}
WRITES = {
    "relu": "mlx.nn.ReLU()",
    "relu6": "mlx.nn.ReLU6()",
    "leaky_relu": "mlx.nn.LeakyReLU({})",
    "elu": "mlx.nn.ELU()",
    "selu": "mlx.nn.SELU()",
    "gelu": "mlx.nn.GELU()",
    "gelu_tanh": "mlx.nn.GELU('tanh')",
    "silu": "mlx.nn.SiLU()",
    "sigmoid": "mlx.nn.Sigmoid()",
    "tanh": "mlx.nn.Tanh()",
    "softplus": "mlx.nn.Softplus()",
    "softsign": "mlx.nn.Softsign()",
    "hard_swish": "mlx.nn.Hardswish()",
    "mish": "mlx.nn.Mish()",
    "pointwise": "mlx.nn.Conv{rank}d({inputs}, {outputs}, 1)",
    "pointwise without bias": "mlx.nn.Conv{rank}d({inputs}, {outputs}, 1, bias=False)",
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
        line.append("mlx.nn.Sequential", [written(one, WRITES) for one in dressing.after], listed=False)
    return assigned(str(line), dressing.name)
