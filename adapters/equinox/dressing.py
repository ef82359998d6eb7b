"""Biases, activations and names in Equinox, whose activations are functions of JAX.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import Dressing, Line, assigned, take, written
from ..jax_activations import FUNCTIONS, READS

__all__ = ["READS", "WRITES", "dress"]

WRITES = {
    **{kind: f"eqx.nn.Lambda({function})" for kind, function in FUNCTIONS.items()},
    "pointwise": "eqx.nn.Conv{rank}d({inputs}, {outputs}, 1, key=key)",
    "pointwise without bias": "eqx.nn.Conv{rank}d({inputs}, {outputs}, 1, use_bias=False, key=key)",
}


def dress(source: str, dressing: Dressing) -> str:
    """Return a spelled line with a bias, activations and a name. Raise KeyError for an activation that has no word."""
    line = Line(source)
    conv = line.convolution
    if conv is not None:
        if dressing.bias:
            take(conv, "use_bias")
        if dressing.after:
            line.append("eqx.nn.Sequential", [written(one, WRITES) for one in dressing.after], listed=True)
    return assigned(str(line), dressing.name)
