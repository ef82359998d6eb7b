"""ONNX' sums of inputs, rescaling and normalization by given numbers: how they are written.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..elementwise import Numbers
from .across_channels import node

OPERATORS = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "average": "Mean", "maximum": "Max", "minimum": "Min"}
STEPS = {"rescale": {"scale": "Mul", "offset": "Add"}, "normalize": {"mean": "Sub", "deviation": "Div"}}
NOTHING = {"scale": 1, "offset": 0, "mean": 0, "deviation": 1}  # the settings that change nothing


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the nodes of a layer on inputs (C, *spatial)."""
    if kind == "combine":
        return node(OPERATORS[settings["operation"]], ["a", "b"])
    told = [name for name in STEPS[kind] if settings[name] != NOTHING[name]]
    nodes: list[str] = []
    before = "x"
    for name in told:
        by, after = f"{name}_by", "y" if name == told[-1] else "x1"
        nodes += [*_constant(by, settings[name], len(sizes) - 1), node(STEPS[kind][name], [before, by], after)]
        before = after
    return f"[{', '.join(nodes)}]" if nodes else node("Identity")


def _constant(name: str, value: Numbers, rank: int) -> list[str]:
    """Return the nodes that make a number, or one for each channel of an input with so many spatial axes."""
    if not isinstance(value, tuple):
        return [node("Constant", [], name, value_float=value)]
    return [
        node("Constant", [], f"{name}s", value_floats=list(value)),
        node("Constant", [], f"{name}_shape", value_ints=[-1, *(1,) * rank]),
        node("Reshape", [f"{name}s", f"{name}_shape"], name),
    ]
