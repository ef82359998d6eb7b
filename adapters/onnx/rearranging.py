"""ONNX' reshapes and transposes: how they are written.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..rearranged import PERMUTE, steps
from .across_channels import node


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the nodes of a reshape or transpose of an input (C, *spatial)."""
    nodes: list[str] = []
    found = steps(kind, settings, sizes, last=False)
    for number, (step, numbers) in enumerate(found, 1):
        before, after = ("x" if number == 1 else f"x{number - 1}"), ("y" if number == len(found) else f"x{number}")
        if step == PERMUTE:
            nodes.append(node("Transpose", [before], after, perm=list(numbers)))
        else:
            nodes.append(node("Constant", [], "shape", value_ints=[0, *numbers]))
            nodes.append(node("Reshape", [before, "shape"], after))
    return f"[{', '.join(nodes)}]" if len(nodes) > 1 else nodes[0] if nodes else "x"
