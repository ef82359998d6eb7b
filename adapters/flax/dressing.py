"""Biases, activations and names in Flax, whose activations are functions.

Pure: the standard library only.
"""

from __future__ import annotations

import ast

from ..dressing import Dressing, Line, assigned, give, take, written
from ..jax_activations import READS

__all__ = ["READS", "WRITES", "dress"]

WRITES = {
    "relu": "nn.relu",
    "relu6": "nn.relu6",
    "leaky_relu": "lambda x: nn.leaky_relu(x, {})",
    "elu": "nn.elu",
    "selu": "nn.selu",
    "gelu": "lambda x: nn.gelu(x, approximate=False)",
    "gelu_tanh": "nn.gelu",
    "silu": "nn.silu",
    "sigmoid": "nn.sigmoid",
    "tanh": "nn.tanh",
    "softplus": "nn.softplus",
    "softsign": "nn.soft_sign",
    "hard_sigmoid": "nn.hard_sigmoid",
    "hard_swish": "nn.hard_swish",
    "mish": "jax.nn.mish",
    "pointwise": "nn.Conv({outputs}, {ones})",
    "pointwise without bias": "nn.Conv({outputs}, {ones}, use_bias=False)",
}


def dress(source: str, dressing: Dressing) -> str:
    """Return a spelled line with a bias, activations and a name. Raise KeyError for an activation that has no word."""
    line = Line(source)
    conv = line.convolution
    if conv is None:
        return assigned(source, dressing.name)
    if dressing.bias:
        take(conv, "use_bias")
    if dressing.after:
        line.append("nn.Sequential", [written(one, WRITES) for one in dressing.after], listed=True)
    whole = line.value
    if dressing.name and isinstance(whole, ast.Call):  # a Sequential names the layers in it itself
        give(whole, "name", dressing.name)
    return str(line)
