"""JAX' sums of inputs, rescaling and normalization by given numbers: how they are written. The channels are last.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..elementwise import combined, normalized, rescaled


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a layer on inputs (C, *spatial)."""
    if kind == "combine":
        return combined(settings["operation"], "jnp")
    return (rescaled if kind == "rescale" else normalized)(settings, "jnp.array({})")
