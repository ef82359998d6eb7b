"""The number that a layer's weights start at, as an initializer in a line says it. Nothing is evaluated."""

from __future__ import annotations

import ast

from ....adapters.reading.literals import dotted, number
from ....adapters.reading.source import Source

NAMED = {"zeros": 0.0, "ones": 1.0}


def initial(source: Source, argument: str, node: ast.expr) -> float:
    """Return the number of an initializer such as ``"zeros"`` or ``initializers.Constant(0.25)``. Raise InputError."""
    call = node if isinstance(node, ast.Call) else None
    word = node.value if isinstance(node, ast.Constant) else dotted(call.func if call else node)
    name = str(word).rpartition(".")[2].lower()
    if name in NAMED:
        return NAMED[name]
    if name == "constant":
        given = [*call.args, *(one.value for one in call.keywords if one.arg == "value")] if call else []
        value = number(given[0]) if given else 0.0  # the default of Constant
        if value is not None:
            return float(value)
    raise source.error(f"{argument}: has no answer here; expected 'zeros', 'ones' or Constant(NUMBER)", node)
