"""Reshapes of Keras, which has the channels last, and the lines that do the same elsewhere."""

from __future__ import annotations

import ast
import math

from ...adapters.reading.literals import dotted
from ...adapters.registry import folder
from .no_window.answers import call_of

# By the folder of the framework: from the shape (*spatial, C), and its axes with the channels first.
LINES = {
    "torch": "x.view(-1, {shape}).permute(0, {axes})",
    "mxnet": "x.reshape((-1, {shape})).transpose((0, {axes}))",
    "flax": "x.reshape((-1, {shape}))",
    "keras": "layers.Reshape(({shape}))",
}


def reshaped(line: str, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape (*spatial, C) that ``layers.Reshape`` makes of (C, *spatial); empty for any other line."""
    call = call_of(line)
    if call is None or dotted(call.func).rpartition(".")[2] != "Reshape":
        return ()
    given = [*call.args, *(one.value for one in call.keywords if one.arg == "target_shape")]
    try:
        shape = ast.literal_eval(given[0])
    except (IndexError, ValueError, TypeError):
        return ()
    if not isinstance(shape, tuple) or not all(isinstance(size, int) for size in shape):
        return ()
    known = math.prod(size for size in shape if size > 0)
    return tuple(size if size > 0 else math.prod(sizes) // known for size in shape)


def to_write(line: str, sizes: tuple[int, ...], adapter: str) -> str:
    """Return the line for a reshape of a vector to an image in an adapter's framework; empty where there is none."""
    shape, rank = reshaped(line, sizes), len(reshaped(line, sizes)) - 1
    vector = all(size == 1 for size in sizes[1:])
    if rank < 1 or not vector or math.prod(shape) != math.prod(sizes) or folder(adapter) not in LINES:
        return ""
    axes = ", ".join(map(str, (rank + 1, *range(1, rank + 1))))
    return LINES[folder(adapter)].format(shape=", ".join(map(str, shape)), axes=axes)
