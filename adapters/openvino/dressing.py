"""Biases, activations and names in OpenVINO, whose activations and additions are functions like its layers.

Pure: the standard library only.
"""

from __future__ import annotations

import ast

from ..dressing import ALIKE, Dressing, Line, Reads, assigned, expression, give, written

READS = {
    **{
        name: reads for name, reads in ALIKE.items() if name not in ("relu6", "elu", "selu", "hardsigmoid", "hardswish")
    },
    "elu": Reads("elu", "alpha", 1.0, {1.0: "elu"}),
    "gelu": Reads("gelu", "approximation_mode", "erf", {"erf": "gelu", "tanh": "gelu_tanh"}),
    "hsigmoid": Reads("hard_sigmoid"),
    "hswish": Reads("hard_swish"),
    "prelu": Reads("leaky_relu", "slope"),
}
# The numbers of SELU, which other functions have as defaults.
SCALED_ELU = "ops.selu(@, np.float32(1.6732632423543772), np.float32(1.0507009873554805))"
WRITES = {  # of the input @
    **{kind: f"ops.{kind}(@)" for kind in ("relu", "sigmoid", "tanh", "softplus", "softsign", "mish")},
    "relu6": "ops.clamp(@, 0.0, 6.0)",
    "leaky_relu": "ops.prelu(@, {})",
    "elu": "ops.elu(@, 1.0)",
    "selu": SCALED_ELU,
    "gelu": "ops.gelu(@, 'erf')",
    "gelu_tanh": "ops.gelu(@, 'tanh')",
    "silu": "ops.swish(@)",
    "hard_sigmoid": "ops.hsigmoid(@)",
    "hard_swish": "ops.hswish(@)",
}


def dress(source: str, dressing: Dressing) -> str:
    """Return a spelled line with a bias, activations and a name. Raise KeyError for an activation that has no word."""
    line = Line(source)
    function = line.value
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    conv = next((call for call in calls if "convolution" in ast.unparse(call.func)), None)
    if conv is None or not isinstance(function, ast.Lambda):
        return assigned(source, dressing.name)
    if dressing.name:
        give(conv, "name", dressing.name)
    layer = ast.unparse(conv)
    if dressing.bias:
        function.args.args.append(ast.arg("b"))
        layer = f"ops.add({layer}, ops.reshape(b, {[1, -1, *_ones(conv)]}, False))"
    text = ast.unparse(function.body).replace(ast.unparse(conv), layer)
    for one in dressing.after:
        text = written(one, WRITES).replace("@", text)
    function.body = expression(text)
    return str(line)


def _ones(conv: ast.Call) -> list[int]:
    """Return a one for each spatial axis of a convolution, of which its strides are a list."""
    [strides] = [keyword.value for keyword in conv.keywords if keyword.arg == "strides"]
    return [1 for _ in ast.walk(strides) if isinstance(_, ast.Constant)]
