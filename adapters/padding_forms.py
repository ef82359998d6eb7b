"""The forms in which frameworks write explicit padding and cropping, and the modes of their padding.

A pad layer's parameters are ``pads``, and optionally ``mode``, ``fill`` and ``first``, the first axis that is padded.
"""

from __future__ import annotations

import math
from typing import Any

from .signature import Argument, Form, Parameters, is_pair, is_whole, only, sequence, word

MODE_NAMES = {
    **{"constant": "zeros", "zeros": "zeros", "reflect": "reflect"},
    **{"replicate": "replicate", "edge": "replicate", "circular": "circular", "wrap": "circular"},
    "symmetric": "symmetric",
}


def last_first(value: Any, rank: int) -> Any:
    """Return pads from one number, or from (before, after) of the last axis, then of the one before it, and so on."""
    if is_whole(value):
        return ((value, value),) * rank
    sides = sequence(value, 2 * rank) if rank else _even(value)
    return tuple(zip(sides[::2], sides[1::2]))[::-1]


def _even(value: Any) -> Any:
    if isinstance(value, tuple) and len(value) % 2:
        raise ValueError("has an odd number of entries")
    return sequence(value, max(len(value), 2) if isinstance(value, tuple) else 2)


def per_side(value: Any, rank: int) -> Any:
    """Return pads from one number, one per axis, or a (before, after) pair per axis; of one axis, the pair alone."""
    if is_whole(value):
        return ((value, value),) * rank
    if rank == 1 and is_pair(value):
        return (value,)
    entries = sequence(value, rank, lambda entry: is_whole(entry) or is_pair(entry))
    return tuple((entry, entry) if is_whole(entry) else entry for entry in entries)


def _every_axis(value: Any, rank: int) -> Any:
    if not isinstance(value, tuple):
        raise ValueError("pads the batch and the channels as well")
    return sequence(value, len(value), is_pair)


def _fill(value: Any, rank: int) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("is not a number")
    return float(value)


def modes(*known: str) -> Form:
    """Return the form of a padding mode, with the framework's words for the modes."""

    def read(value: Any, rank: int) -> str:
        if not isinstance(value, str):
            raise ValueError("is not a word")
        return MODE_NAMES[word(value.lower(), known)]

    return Form(" or ".join(map(repr, known)), read, known)


LAST_FIRST = Form("a whole number or {sides} of them, the last axis first", last_first)
FLAT = Form("pairs (before, after) in one tuple, the last axis first", last_first)
PER_SIDE = Form("a whole number, {each}, or {pairs}", per_side)
EVERY_AXIS = Form("a (before, after) pair for every axis, batch and channels as well", _every_axis)
FILL = Form("a number", _fill)
FILL_VALUE = Argument("constant_values", "fill", FILL)
NO_EXTRA = only("None", None)


def of_every_axis(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of padding that is given for every axis, the batch first."""
    return {**parameters, "first": 0}


def of_last_axes(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of padding that is given for the last axes."""
    return {**parameters, "first": -len(parameters["pads"])}


def cropping(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a cropping layer, whose numbers crop."""
    return {**parameters, "pads": tuple((-before, -after) for before, after in parameters["pads"])}


LOWEST = -math.inf
