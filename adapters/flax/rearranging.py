"""JAX' reshapes and transposes: how they are read, and how they are written. ``x`` has its channels last.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..rearranged import methods, permutes, reshapes, steps

READS = {
    "jnp.reshape": reshapes("a", "shape", last=True),
    "jnp.transpose": permutes("a", "axes", last=True, optional=True),
}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a reshape or transpose of an input (C, *spatial)."""
    return methods(steps(kind, settings, sizes, last=True), "transpose", "reshape")
