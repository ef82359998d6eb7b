"""Reshapes of Keras, which has the channels last, to sizes that are not those of their input."""

from __future__ import annotations

import ast
import math

from ...adapters.reading.literals import dotted
from .no_window.answers import call_of


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
