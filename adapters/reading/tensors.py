"""The functions of TensorFlow.js that take parts of arrays, as steps: slices, taken elements, rows, and groups."""

from __future__ import annotations

import ast
import copy
import operator
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from ...cases.errors import InputError
from ..layers import BY_NAME
from ..tensorflowjs.signatures import FRAMEWORK, ROWS, in_groups
from .binding import bind
from .literals import dotted, number
from .scaling import factor_of
from .source import Source
from .steps import Core, Pad, Scale, Slice, Steps

Value = Callable[[ast.expr], Steps]


def _nearest(i: int, n: int) -> int:
    return min(max(i, 0), n - 1)


TAKEN: dict[str, Callable[[int, int], int]] = {"replicate": _nearest, "circular": operator.mod}


def steps_of(source: Source, node: ast.Call, value: Value) -> Steps | None:
    """Return the steps of a call of one of these functions; None for any other call, and for what is not read."""
    read = READ.get(dotted(node.func))
    return read(source, node, value) if read and not node.keywords else None


def _whole(node: ast.expr) -> tuple[int, ...] | None:
    """Return a list of whole numbers; None for any other expression."""
    found = [number(entry) for entry in node.elts] if isinstance(node, (ast.List, ast.Tuple)) else [None]
    return tuple(entry for entry in found if isinstance(entry, int)) if None not in found else None


def _slice(source: Source, node: ast.Call, value: Value) -> Steps | None:
    """Return the steps of ``tf.slice(x, begin, size)``, in which a size of -1 is all that is left."""
    begin, size = (_whole(entry) for entry in node.args[1:]) if len(node.args) == 3 else (None, None)
    if begin is None or size is None or len(begin) != len(size):
        return None
    parts = [slice(b or None, None if n < 0 else b + n) for b, n in zip(begin, size)]
    return (*value(node.args[0]), Slice(node, tuple(parts), 0))


def _strided(source: Source, node: ast.Call, value: Value) -> Steps | None:
    """Return the steps of ``tf.stridedSlice(x, begin, end, strides, beginMask, endMask)``."""
    if len(node.args) not in (4, 6):
        return None
    begin, end, steps = map(_whole, node.args[1:4])
    masks = [number(mask) for mask in node.args[4:]] or [0, 0]
    if begin is None or end is None or steps is None or not len(begin) == len(end) == len(steps):
        return None
    if not all(isinstance(mask, int) for mask in masks) or min(steps) < 1:
        return None
    firsts, lasts = (int(mask or 0) for mask in masks)
    parts = [
        slice(None if firsts >> i & 1 else b, None if lasts >> i & 1 else e, None if s == 1 else s)
        for i, (b, e, s) in enumerate(zip(begin, end, steps))
    ]
    return (*value(node.args[0]), Slice(node, tuple(parts), 0))


def _gather(source: Source, node: ast.Call, value: Value) -> Steps | None:
    """Return the steps of ``tf.gather(x, [0, 0, 1, 2, 2], axis)``, which repeats the edge or wraps around."""
    places = _whole(node.args[1]) if len(node.args) == 3 else None
    axis = number(node.args[2]) if len(node.args) == 3 else None
    if not places or not isinstance(axis, int) or axis < 0 or min(places) != 0:
        return None
    n = max(places) + 1
    for mode, taken in TAKEN.items():
        more = len(places) - n
        for before in sorted(range(more + 1), key=lambda before: abs(more - 2 * before)):  # of the same, the most alike
            if places == tuple(taken(i - before, n) for i in range(len(places))):
                return (*value(node.args[0]), Pad(node, ((before, more - before),), axis, mode))
    return None


def _scaled(source: Source, node: ast.Call, value: Value) -> Steps | None:
    """Return the steps of ``tf.mul(x, 9)`` or ``tf.div(x, 4)``."""
    times = factor_of(number(node.args[1]), dotted(node.func) == "tf.div") if len(node.args) == 2 else None
    return None if times is None else (*value(node.args[0]), Scale(node, Fraction(times)))


def _row(source: Source, node: ast.Call, value: Value) -> Steps | None:
    """Return the steps of ``tf.squeeze(f(tf.expandDims(x, 1), ...), [1])``, a layer along one axis as one of a row."""
    inside = node.args[0] if len(node.args) == 2 and _whole(node.args[1]) == (1,) else None
    if not isinstance(inside, ast.Call) or not inside.args:
        return None
    if dotted(inside.func) == "tf.stridedSlice":  # of every s-th element of the row
        made = _strided(source, inside, lambda data: _of_row(source, data, value, node) or ())
        core, last = (made or ())[:-1], (made or (None,))[-1]
        if not core or not isinstance(last, Slice):
            return None
        return (*core, replace(last, slices=(last.slices[0], *last.slices[2:])))
    return _of_row(source, inside, value, node)


def _of_row(source: Source, node: ast.expr, value: Value, whole: ast.Call) -> Steps | None:
    """Return the steps of a layer of a row, which is within the call ``whole``; None for any other expression."""
    wide = node.args[0] if isinstance(node, ast.Call) and node.args else None
    if not isinstance(node, ast.Call) or not isinstance(wide, ast.Call) or dotted(wide.func) != "tf.expandDims":
        return None
    layers = [layer for layer in ROWS if layer.names[0] == dotted(node.func)]
    if not layers or len(wide.args) != 2 or number(wide.args[1]) != 1:
        return None
    refused: list[InputError] = []
    for layer in layers:
        try:
            return (*value(wide.args[0]), Core(whole, bind(source, node, layer)))
        except InputError as error:
            refused.append(error)
    raise refused[0]


def is_read(node: ast.Call) -> bool:
    """Return whether a call is one of these functions."""
    return dotted(node.func) in READ


def _concatenated(source: Source, node: ast.Call, value: Value) -> Steps | None:
    """Return the steps of ``tf.concat([tf.conv2d(tf.slice(x, ...), tf.slice(w, ...), ...), ...], 3)``, of groups."""
    parts = node.args[0].elts if len(node.args) == 2 and isinstance(node.args[0], ast.List) else []
    opened = [_group(part) for part in parts]
    if len(opened) < 2 or None in opened:
        return None
    found = [part for part in opened if part is not None]
    one = found[0]
    places = [(i * one.data[2], one.data[2], i * one.weights[2], one.weights[2]) for i in range(len(found))]
    if [(*part.data[1:], *part.weights[1:]) for part in found] != places:
        return None
    name = dotted(one.call.func)
    known = [layer for layer in ROWS if layer.names[0] == name] if one.row else BY_NAME.get(name, ())
    layer = next((layer for layer in known if layer.framework == FRAMEWORK), None)
    if layer is None or any(ast.dump(part.call) != ast.dump(one.call) for part in found):
        return None
    bound = bind(source, one.call, replace(layer, prepare=in_groups(len(found), layer.op)))
    return (*value(one.data[0]), Core(node, bound))


class _Group(NamedTuple):
    """The layer of one group, with its whole arrays, and the parts of them that it takes."""

    call: ast.Call
    data: tuple[ast.expr, int, int]
    weights: tuple[ast.expr, int, int]
    row: bool


def _group(node: ast.expr) -> _Group | None:
    """Return the layer of one group; None for any other expression."""
    row = isinstance(node, ast.Call) and dotted(node.func) == "tf.squeeze"
    call = node.args[0] if isinstance(node, ast.Call) and row and node.args else node
    if not isinstance(call, ast.Call) or len(call.args) < 3:
        return None
    arrays = [_unwrapped(part) if row else part for part in call.args[:2]]
    data, weights = map(_last_part, arrays)
    if data is None or weights is None:
        return None
    whole = copy.copy(call)
    whole.args = [data[0], weights[0], *call.args[2:]]
    return _Group(whole, data, weights, row)


def _unwrapped(node: ast.expr) -> ast.expr:
    wide = isinstance(node, ast.Call) and dotted(node.func) == "tf.expandDims" and node.args
    return node.args[0] if wide and isinstance(node, ast.Call) else node


def _last_part(node: ast.expr) -> tuple[ast.expr, int, int] | None:
    """Return the array, the beginning and the size of a slice of the last axis alone."""
    if not isinstance(node, ast.Call) or dotted(node.func) != "tf.slice" or len(node.args) != 3:
        return None
    begin, size = map(_whole, node.args[1:])
    if not begin or not size or any(begin[:-1]) or set(size[:-1]) != {-1}:
        return None
    return node.args[0], begin[-1], size[-1]


READ: dict[str, Callable[[Source, ast.Call, Value], Steps | None]] = {
    "tf.slice": _slice,
    "tf.stridedSlice": _strided,
    "tf.gather": _gather,
    "tf.mul": _scaled,
    "tf.div": _scaled,
    "tf.squeeze": _row,
    "tf.concat": _concatenated,
}
