"""Lines whose numbers follow from the size of their input: those with ``correct_pad`` of keras.applications.

Pure.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...adapters.reading.literals import dotted
from .program.outside import PADDED_BY_SIZE


def sized(line: str, sizes: Sequence[int]) -> str:
    """Return a line with the pads that ``correct_pad(x, kernel)`` is on an input (..., H, W); another line as it is."""
    if PADDED_BY_SIZE not in line or len(sizes) < 2:
        return line
    try:
        changed = _Sized(sizes[-2:]).visit(ast.parse(line, mode="eval"))
    except (SyntaxError, TypeError, ValueError, RecursionError, MemoryError):
        return line
    return ast.unparse(ast.fix_missing_locations(changed))


class _Sized(ast.NodeTransformer):
    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = sizes

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if dotted(node.func).rpartition(".")[2] != PADDED_BY_SIZE or len(node.args) != 2:
            return self.generic_visit(node)
        kernel = ast.literal_eval(node.args[1])
        kernel = kernel if isinstance(kernel, tuple) else (kernel,) * 2
        pads = tuple((k // 2 - (1 - n % 2), k // 2) for n, k in zip(self.sizes, kernel, strict=True))
        return ast.parse(repr(pads), mode="eval").body
