"""Biases, activations and names in Keras, whose layers have an argument for each.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import ALIKE, Dressing, Line, Reads, assigned, give, take, written

READS = {
    **ALIKE,
    "relu": Reads("relu", "max_value", None, {None: "relu", 6: "relu6"}),
    "leakyrelu": Reads("leaky_relu", "negative_slope", 0.3),
    "leaky_relu": Reads("leaky_relu", "negative_slope", 0.2),  # the function has another slope than the layer
    "gelu": Reads("gelu", "approximate", False, {False: "gelu", True: "gelu_tanh"}),
}
WORDS = {
    "relu": "relu",
    "relu6": "relu6",
    "elu": "elu",
    "selu": "selu",
    "gelu": "gelu",
    "silu": "silu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softplus": "softplus",
    "softsign": "softsign",
    "hard_sigmoid": "hard_sigmoid",
    "hard_swish": "hard_silu",
    "mish": "mish",
}
WRITES = {
    **{kind: f"layers.Activation({word!r})" for kind, word in WORDS.items()},
    "leaky_relu": "layers.LeakyReLU(negative_slope={})",
    "gelu_tanh": "layers.Activation(lambda x: keras.activations.gelu(x, approximate=True))",
    "pointwise": "layers.Conv{rank}D({outputs}, 1)",
    "pointwise without bias": "layers.Conv{rank}D({outputs}, 1, use_bias=False)",
}


def dress(source: str, dressing: Dressing) -> str:
    """Return a spelled line with a bias, activations and a name. Raise KeyError for an activation that has no word."""
    line = Line(source)
    conv = line.convolution
    if conv is None:
        return assigned(source, dressing.name)
    if dressing.bias:
        take(conv, "use_bias")
    rest = list(dressing.after)
    if rest and rest[0].kind in WORDS and line.value is conv:
        give(conv, "activation", WORDS[rest.pop(0).kind])
    if rest:
        line.append("keras.Sequential", [written(one, WRITES) for one in rest], listed=True)
    if dressing.name:
        give(conv, "name", dressing.name)
    return str(line)
