"""The values of literals, which are read from the syntax and never evaluated."""

from __future__ import annotations

import ast
import contextlib
import math
import operator
from collections.abc import Callable
from typing import Any

from ...cases.catalog.validate import LIMIT
from .source import Source

HIGHEST_POWER = 64  # so that arithmetic is fast, whatever a user pastes


def _power(base: int, exponent: int) -> int:
    if not 0 <= exponent <= HIGHEST_POWER:
        raise ArithmeticError("a fraction, or too large a number")
    return int(base**exponent)


ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: _power,
}


def dotted(node: ast.AST) -> str:
    """Return a dotted name such as ``nn.Conv2d``; empty for any other expression."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def number(node: ast.AST) -> int | float | None:
    """Return the value of a number, its negative, an infinity, or arithmetic such as ``9 // 2``; None for others."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return None if isinstance(node.value, bool) else node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        operand = number(node.operand)
        return -operand if operand is not None and isinstance(node.op, ast.USub) else operand
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        left, right = number(node.left), number(node.right)
        if isinstance(left, int) and isinstance(right, int) and max(abs(left), abs(right)) <= LIMIT:
            with contextlib.suppress(ArithmeticError):
                return ARITHMETIC[type(node.op)](left, right)
    return _infinity(node)


def _infinity(node: ast.AST) -> float | None:
    """Return the value of ``np.inf``, ``float("-inf")`` and the like, or ``inf`` as it is printed; else None."""
    if dotted(node).rpartition(".")[2] == "inf":
        return math.inf
    if isinstance(node, ast.Call) and dotted(node.func) == "float" and len(node.args) == 1:
        text = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
        return {"inf": math.inf, "-inf": -math.inf}.get(text) if isinstance(text, str) else None
    return None


def literal(source: Source, name: str, node: ast.expr, allowed: str) -> Any:
    """Return the value of a literal, or of arithmetic on whole numbers; tuples and lists both become tuples."""
    if isinstance(node, ast.Constant) and not (isinstance(node.value, int) and abs(node.value) > LIMIT):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(literal(source, name, item, allowed) for item in node.elts)
    found = number(node)
    if isinstance(found, int) and abs(found) > LIMIT:
        # checked here because Python refuses to print a number with thousands of digits
        raise source.error(f"{name}: {source.quoted(node)} is out of range; expected at most 2**31", node)
    if found is not None:
        return found
    what = f"{source.quoted(node)} is not a literal, and nothing is evaluated; expected {allowed}"
    raise source.error(f"{name}: {what}", node)


def fraction(source: Source, name: str, node: ast.expr, allowed: str) -> Any:
    """Return the value of a literal, as :func:`literal` does, or of a division of two numbers such as ``1 / 255``."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(fraction(source, name, item, allowed) for item in node.elts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        left, right = number(node.left), number(node.right)
        if left is not None and right:
            return left / right
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.BinOp):
        value = fraction(source, name, node.operand, allowed)
        return -value
    return literal(source, name, node, allowed)


def is_named(node: ast.expr) -> bool:
    """Return whether this is a name, or arithmetic with one, that may be any number."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Constant)):
        return False
    return any(isinstance(part, ast.Name) for part in ast.walk(node))


def same(one: ast.expr, other: ast.expr) -> bool:
    """Return whether two expressions are written alike, except for spaces."""
    return ast.dump(one) == ast.dump(other)
