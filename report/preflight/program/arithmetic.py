"""The arithmetic, the comparisons and the functions of Python that are worked out while source is followed.

All of it is on numbers, texts, lists and the like that the file itself spells out, and bounded in size.
"""

from __future__ import annotations

import ast
import copy
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from .values import UNKNOWN, Bound, Box, Layer, Named, Unknown, plain

LARGEST = 2**40  # of a number
LONGEST = 4096  # items of a list, characters of a text

BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, others: one in others,
    ast.NotIn: lambda one, others: one not in others,
}
TYPES: Mapping[str, type] = {one.__name__: one for one in (bool, int, float, str, list, tuple, dict)}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": lambda of: len(items(of)),
    "range": lambda *ends: list(range(*ends)),
    "enumerate": lambda of, start=0: [(start + i, one) for i, one in enumerate(items(of))],
    "zip": lambda *of: list(zip(*map(items, of), strict=False)),
    "reversed": lambda of: list(reversed(items(of))),
    "list": lambda of=(): list(items(of)),
    "tuple": lambda of=(): tuple(items(of)),
    "int": lambda of: int(_number(of)),
    "float": lambda of: float(_number(of)),
    "bool": lambda of: bool(_plain(of)),
    "str": lambda of: str(_plain(of)),
    "abs": lambda of: abs(_number(of)),
    "round": lambda of: round(_number(of)),
    "min": lambda *of: min(_plain(items(of[0])) if len(of) == 1 else _plain(list(of))),
    "max": lambda *of: max(_plain(items(of[0])) if len(of) == 1 else _plain(list(of))),
    "sum": lambda of: sum(map(_number, items(of))),
    "sorted": lambda of: sorted(_plain(items(of))),
    "dict": lambda of=(), **more: dict(of, **more),
    "ceil": lambda of: math.ceil(_number(of)),
    "copy": lambda of: of.copy(),
    "deepcopy": copy.deepcopy,
    "floor": lambda of: math.floor(_number(of)),
}


def items(value: object) -> list[Any]:
    """Return the items of a list, a tuple, a dict, a text or a container. Raise TypeError for anything else."""
    if isinstance(value, Box):
        return list(value.items.values())
    if isinstance(value, (list, tuple, dict, str)):
        return list(value)
    raise TypeError("not a sequence that is known")


def binary(op: ast.operator, one: Any, other: Any) -> Any:
    """Return one value combined with another by an operator; unknown if it cannot be worked out, or is too large."""
    try:
        if isinstance(op, ast.Pow):
            small = abs(_number(other)) <= 16 and abs(_number(one)) <= 2**16
            return _bounded(one**other) if small else UNKNOWN
        if isinstance(op, ast.Mult) and any(isinstance(value, (list, tuple, str)) for value in (one, other)):
            length, times = (len(one), other) if isinstance(one, (list, tuple, str)) else (len(other), one)
            if not isinstance(times, int) or length * times > LONGEST:
                return UNKNOWN
        elif isinstance(op, ast.Mod) and isinstance(one, str):
            return UNKNOWN
        work = BINARY.get(type(op))
        return UNKNOWN if work is None else _bounded(work(one, other))
    except (ArithmeticError, TypeError, ValueError):
        return UNKNOWN


def compared(op: ast.cmpop, one: Any, other: Any) -> bool | Unknown:
    """Return whether a comparison holds; unknown if it cannot be said."""
    if isinstance(op, (ast.Is, ast.IsNot)):
        if isinstance(one, Unknown) or isinstance(other, Unknown) or isinstance(one, Named) or other is not None:
            return UNKNOWN
        return (one is None) == isinstance(op, ast.Is)
    known = (plain(one) or isinstance(one, Layer)) and (plain(other) or isinstance(other, dict))
    try:
        return COMPARED[type(op)](one, other) if known else UNKNOWN
    except (KeyError, TypeError):
        return UNKNOWN


def is_of_type(value: Any, kind: Any) -> bool | Unknown:
    """Return whether a value is of one of Python's own types, or a layer of a class; unknown if that cannot be said."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if not all(isinstance(one, Named) for one in kinds) or not (plain(value) or isinstance(value, (dict, Layer))):
        return UNKNOWN
    names = [one.name.rpartition(".")[2] for one in kinds]
    if isinstance(value, Layer):
        return value.name.rpartition(".")[2] in names
    return any(isinstance(value, TYPES[name]) for name in names) if all(name in TYPES for name in names) else UNKNOWN


def truth(value: Any) -> bool | None:
    """Return whether a value counts as true; None if it is not known."""
    if isinstance(value, (Unknown, Named, Bound)):
        return None
    return bool(value) if plain(value) or isinstance(value, dict) else True


def called(name: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    """Return the result of one of FUNCTIONS; unknown if it cannot be worked out, or is too large."""
    try:
        if name == "range" and len(range(*arguments)) > LONGEST:
            return UNKNOWN
        return _bounded(FUNCTIONS[name](*arguments, **keywords))
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        return UNKNOWN


def _number(value: Any) -> Any:
    if isinstance(value, (int, float)):
        return value
    raise TypeError("not a number")


def _plain(value: Any) -> Any:
    if plain(value):
        return value
    raise TypeError("not known")


def _bounded(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value if abs(value) <= LARGEST else UNKNOWN
    return UNKNOWN if isinstance(value, (list, tuple, str)) and len(value) > LONGEST else value
