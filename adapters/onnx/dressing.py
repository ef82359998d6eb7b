"""Biases, activations and names of ONNX nodes: a third input, a node after the others, and an attribute.

Pure: the standard library only.
"""

from __future__ import annotations

import ast

from ..dressing import ALIKE, Dressing, Line, PointwiseConv, Reads, expression, give, written

READS = {
    **{name: reads for name, reads in ALIKE.items() if name != "hardsigmoid"},
    "leakyrelu": Reads("leaky_relu", "alpha", 0.01),
    "gelu": Reads("gelu", "approximate", "none", {"none": "gelu", "tanh": "gelu_tanh"}),
}
WRITES = {  # the operator and its attributes
    "relu": "'Relu'",
    "leaky_relu": "'LeakyRelu', alpha={}",
    "elu": "'Elu'",
    "selu": "'Selu'",
    "gelu": "'Gelu'",
    "gelu_tanh": "'Gelu', approximate='tanh'",
    "sigmoid": "'Sigmoid'",
    "tanh": "'Tanh'",
    "softplus": "'Softplus'",
    "softsign": "'Softsign'",
    "hard_sigmoid": "'HardSigmoid', alpha=1 / 6",
    "hard_swish": "'HardSwish'",
    "mish": "'Mish'",
    "pointwise": "'Conv', kernel_shape={listed}",
    "pointwise without bias": "'Conv', kernel_shape={listed}",
}
CONVOLUTIONS = ("Conv", "ConvTranspose")


def dress(source: str, dressing: Dressing) -> str:
    """Return spelled nodes with a bias, activations and a name. Raise KeyError for an activation that has no word."""
    line = Line(source)
    nodes = line.value.elts if isinstance(line.value, ast.List) else [line.value]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    convs = [call for call in calls if isinstance(call.args[0], ast.Constant) and call.args[0].value in CONVOLUTIONS]
    for call in convs or calls[-1:]:
        if dressing.name:
            give(call, "name", dressing.name)
    for conv in convs:
        inputs = conv.args[1]
        if dressing.bias and isinstance(inputs, ast.List):
            inputs.elts.append(ast.Constant("b"))
    if convs and dressing.after:
        line.value = ast.List([*calls, *_after(calls[-1], dressing)], ast.Load())
    return str(line)


def _after(last: ast.Call, dressing: Dressing) -> list[ast.expr]:
    """Return the nodes after the last node, whose output they take over."""
    names = ["linear", *(f"linear{i}" for i in range(1, len(dressing.after))), "y"]
    last.args[2] = expression(repr(names[:1]))
    more = []
    for one, x, y in zip(dressing.after, names, names[1:]):
        operator, _, attributes = written(one, WRITES).partition(", ")
        weights = ["w2", "b2"][: 1 + one.bias] if isinstance(one, PointwiseConv) else []
        given = f"{operator}, {[x, *weights]!r}, {[y]!r}" + (f", {attributes}" if attributes else "")
        more.append(expression(f"helper.make_node({given})"))
    return more
