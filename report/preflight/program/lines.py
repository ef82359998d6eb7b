"""The line of a layer's call: the text of the file, in which the names of known values are replaced by these."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from ....adapters.reading.literals import dotted
from .files import File
from .values import Named, Tensor, Unknown, plain

INPUT = "x"  # what stands for an input that is itself a call


Argument = tuple[ast.expr | None, Any]


def line(
    file: File,
    node: ast.Call,
    name: str,
    arguments: Sequence[Argument],
    keywords: Mapping[str, Argument],
    applied: bool,
) -> str:
    """Return a call as one line. ``arguments`` and ``keywords`` are its nodes, None for none, with their values.

    ``applied`` says whether it is the call of a function on an input, and not one that makes a layer.
    """
    places = [_argument(part, value, applied) for part, value in arguments]
    named = [(key, _argument(part, value, applied)) for key, (part, value) in keywords.items()]
    same = name == dotted(node.func) and len(places) == len(node.args) and len(named) == len(node.keywords)
    same = same and all(new is old for new, old in zip(places, node.args, strict=True))
    same = same and all(new is old.value for (_, new), old in zip(named, node.keywords, strict=True))
    if same and node.lineno == node.end_lineno:  # columns count the bytes of UTF-8
        return file.lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset].decode()
    return _text(name, places, named)


def spelled(name: str, values: Sequence[Any], keywords: Mapping[str, Any]) -> str:
    """Return the call of a name with values, which stands nowhere in the file."""
    return _text(name, [_of(value) for value in values], [(key, _of(value)) for key, value in keywords.items()])


def _text(name: str, places: list[ast.expr], named: Sequence[tuple[str, ast.expr]]) -> str:
    made = ast.Call(_name(name), places, [ast.keyword(arg=key, value=value) for key, value in named])
    return ast.unparse(ast.fix_missing_locations(made))


def _name(dotted_name: str) -> ast.expr:
    return ast.parse(dotted_name, mode="eval").body


def _argument(node: ast.expr | None, value: Any, applied: bool) -> ast.expr:
    """Return the node to write for an argument: its own, or that of the value that it has."""
    if node is None:
        return _of(value)
    if isinstance(value, Tensor):
        return ast.Name(INPUT, ast.Load()) if applied and dotted(node) != INPUT else node
    if isinstance(value, Named):
        return node if value.name == dotted(node) else _name(value.name)
    if isinstance(node, (ast.Tuple, ast.List)) and isinstance(value, (tuple, list)) and len(node.elts) == len(value):
        parts = [_argument(part, one, applied) for part, one in zip(node.elts, value, strict=True)]
        if all(new is old for new, old in zip(parts, node.elts, strict=True)):
            return node
        return type(node)(parts, ast.Load())
    return _of(value) if plain(value) and not _literal(node) else node


def _of(value: Any) -> ast.expr:
    if isinstance(value, Unknown):
        return _name(value.text or INPUT)
    return _name(value.name if isinstance(value, Named) else repr(value) if plain(value) else INPUT)


def _literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
