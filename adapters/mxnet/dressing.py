"""Biases, activations and names in MXNet Gluon, whose blocks have a prefix for the names of their parameters.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import ALIKE, Dressing, Line, Reads, assigned, give, take, written

READS = {
    **{name: reads for name, reads in ALIKE.items() if name not in ("hardsigmoid", "hardswish")},
    "softrelu": Reads("softplus"),
    "leakyrelu": Reads("leaky_relu", "alpha"),
    "gelu": Reads("gelu"),
}
WORDS = {"relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "softplus": "softrelu", "softsign": "softsign"}
WRITES = {
    **{kind: f"nn.Activation({word!r})" for kind, word in WORDS.items()},
    "relu6": "nn.Lambda(lambda x: np.clip(x, 0, 6))",
    "leaky_relu": "nn.LeakyReLU({})",
    "elu": "nn.ELU()",
    "selu": "nn.SELU()",
    "gelu": "nn.GELU()",
    "silu": "nn.Swish()",
    "pointwise": "nn.Conv{rank}D({outputs}, 1)",
    "pointwise without bias": "nn.Conv{rank}D({outputs}, 1, use_bias=False)",
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
    alone = line.value is conv
    if rest and rest[0].kind in WORDS and alone:
        give(conv, "activation", WORDS[rest.pop(0).kind])
    more = [written(one, WRITES) for one in rest]
    if dressing.name:
        give(conv, "prefix", f"{dressing.name}_")
    if more and alone:
        return f"net = nn.Sequential(); net.add({', '.join([str(line), *more])})"
    if more:
        line.append("net.add", more, listed=False)
    return str(line)
