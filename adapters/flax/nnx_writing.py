"""The lines of nnx that mend a unit: those of linen with the names of nnx, the channels of the input, and ``rngs``.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from ...cases.case import Case
from ..models.lines import Settings
from ..spelling import Speller
from . import writing

MODULES = {
    "Conv": "Conv",
    "ConvTranspose": "ConvTranspose",
    "Dense": "Linear",
    "BatchNorm": "BatchNorm",
    "LayerNorm": "LayerNorm",
    "GroupNorm": "GroupNorm",
}
OF_A_STATE = "use_running_average"  # which a module of nnx has from the eval() of its model


def layer(speller: Speller, kind: str, settings: Settings, shape: Sequence[int], case: Case | None, bias: bool) -> str:
    """Return the line of a layer on an input (N, C, *spatial); empty if there is none."""
    return of_linen(writing.layer(speller, kind, settings, shape, case, bias), shape[1])


def turn(name: str, numbers: Any, rank: int) -> str:
    """Return the line that changes ``x``, a value of so many axes, as the transform of this name does."""
    return of_linen(writing.turn(name, numbers, rank), 0)


def of_linen(source: str, channels: int) -> str:
    """Return a line of linen as one of nnx, whose modules know the channels of their input."""
    code, mark, comment = source.partition("  # ")
    return ast.unparse(_Nnx(channels).visit(ast.parse(code))) + mark + comment if source else ""


class _Nnx(ast.NodeTransformer):
    """Changes the names of linen, and adds what a module of nnx is made with."""

    def __init__(self, channels: int) -> None:
        self.channels = channels

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.attr if isinstance(node.func, ast.Attribute) and _is_linen(node.func) else ""
        self.generic_visit(node)
        if name == "Sequential" and isinstance(node.args[0], ast.List):
            node.args = node.args[0].elts
        if name in MODULES:
            node.func = ast.Attribute(ast.Name("nnx"), MODULES[name])
            node.args.insert(0, ast.Constant(self.channels))
            given = [keyword for keyword in node.keywords if keyword.arg != OF_A_STATE]
            node.keywords = [*given, ast.keyword("rngs", ast.Name("rngs"))]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return ast.Attribute(ast.Name("nnx"), node.attr) if _is_linen(node) else node


def _is_linen(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "nn"
