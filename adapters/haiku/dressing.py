"""Biases, activations and names in Haiku, whose activations are functions of JAX.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import Dressing, Line, assigned, give, take, written
from ..jax_activations import FUNCTIONS, READS

__all__ = ["READS", "WRITES", "dress"]

WRITES = {
    **FUNCTIONS,
    "pointwise": "hk.Conv{rank}D({outputs}, 1)",
    "pointwise without bias": "hk.Conv{rank}D({outputs}, 1, with_bias=False)",
}


def dress(source: str, dressing: Dressing) -> str:
    """Return a spelled line with a bias, activations and a name. Raise KeyError for an activation that has no word."""
    line = Line(source)
    conv = line.convolution
    if conv is None:
        return assigned(source, dressing.name)
    if dressing.bias:
        take(conv, "with_bias")
    if dressing.after:
        line.append("hk.Sequential", [written(one, WRITES) for one in dressing.after], listed=True)
    if dressing.name:
        give(conv, "name", dressing.name)
    return str(line)
