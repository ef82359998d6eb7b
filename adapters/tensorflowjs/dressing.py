"""Biases, activations and names in TensorFlow.js, whose activations and additions are functions like its layers.

Pure: the standard library only.
"""

from __future__ import annotations

import re

from ..dressing import ALIKE, Dressing, Reads, assigned, written

PLAIN = ("relu", "relu6", "elu", "selu", "sigmoid", "tanh", "softplus")
READS = {
    **{name: ALIKE[name] for name in PLAIN},
    "leakyrelu": Reads("leaky_relu", "alpha", 0.2),
}
WRITES = {  # of the input @
    **{kind: f"tf.{kind}(@)" for kind in PLAIN},
    "leaky_relu": "tf.leakyRelu(@, {})",
}
ARROW = re.compile(r"\((x, w|x)\) => (.*)", re.DOTALL)


def dress(source: str, dressing: Dressing) -> str:
    """Return a spelled line with a bias and activations. Raise KeyError for an activation that has no word."""
    found = ARROW.fullmatch(source)
    if found is None:
        return source
    names, text = found.groups()
    if dressing.bias and names == "x, w":
        names, text = "x, w, b", f"tf.add({text}, b)"
    for one in dressing.after:
        text = written(one, WRITES).replace("@", text)
    line = f"({names}) => {text}"
    return f"const {assigned(line, dressing.name)}" if dressing.name else line
