"""MXNet's reshapes and transposes: how they are written.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..rearranged import methods, steps


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a reshape or transpose of an input (C, *spatial)."""
    return methods(steps(kind, settings, sizes, last=False), "transpose", "reshape")
