"""Activations that a model writes as several functions, as an export of GELU by the error function to ONNX does.

Functions that go from one value to another of the same shape are one activation if the recorded values say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ...adapters.models.recording import Call
from .activations import FORMS
from .numbers import FUNCTION, SPACING

BY_ELEMENT = {"activation", "add", "multiply", "other"}  # the kinds of calls that may compute each element by itself
MOST_CALLS = 12
SAMPLED = 4096  # elements
FEWEST = 8  # different elements by which a form is known
PLAIN = [form for form in FORMS if form not in ("softmax", "clip")]


@dataclass(frozen=True)
class Values:
    """The values of a recording: the call that makes each, how many calls read it, and its numbers."""

    maker: Mapping[int, Call]
    readers: Mapping[int, int]
    variable: set[int]
    real: Callable[[int], int]
    array: Callable[[int], np.ndarray]


@dataclass(frozen=True)
class WrittenOut:
    """Calls that are one activation, the value that they begin with, and the form."""

    calls: tuple[Call, ...]
    input: int
    form: str


def activation(last: Call, values: Values) -> WrittenOut | None:
    """Return the fewest calls up to a last one that are an activation; None if there are none or only one."""
    if last.kind not in BY_ELEMENT or len(last.outputs) != 1:
        return None
    y, members = values.array(last.outputs[0]), {last.number: last}
    while len(members) <= MOST_CALLS:
        made = {value for call in members.values() for value in call.outputs}
        read = {values.real(value) for call in members.values() for value in call.inputs if value in values.variable}
        begins = sorted(read - made)
        if len(begins) == 1 and len(members) > 1:
            x = values.array(begins[0])
            if x.shape != y.shape:
                return None
            if form := form_of(x, y):
                return WrittenOut(tuple(members[number] for number in sorted(members)), begins[0], form)
        before = [values.maker[value] for value in begins if value in values.maker]
        before = [call for call in before if _is_inner(call, members, values, y.shape)]
        if not before:
            return None
        nearest = max(before, key=lambda call: call.number)
        members[nearest.number] = nearest
    return None


def _is_inner(call: Call, members: Mapping[int, Call], values: Values, shape: tuple[int, ...]) -> bool:
    """Return whether a call may compute each element by itself, and is read by the members alone."""
    value = call.outputs[0]
    if call.kind not in BY_ELEMENT or len(call.outputs) != 1 or values.array(value).shape != shape:
        return False
    reading = sum(value in set(map(values.real, member.inputs)) for member in members.values())
    return values.readers.get(value) == reading


def form_of(x: np.ndarray, y: np.ndarray) -> str:
    """Return the form of the activation that takes the elements of ``x`` to those of ``y``; empty for none."""
    if x.dtype.kind != "f" or y.dtype.kind != "f":
        return ""
    step = max(1, x.size // SAMPLED)
    sampled, got = (array.reshape(-1)[::step].astype(np.float64) for array in (x, y))
    if len(np.unique(sampled)) < FEWEST or np.array_equal(sampled, got):
        return ""
    ulp = SPACING.get(y.dtype.name, SPACING["float32"])
    allowed = FUNCTION * ulp * (np.maximum(np.abs(sampled), np.abs(got)) + 1)
    with np.errstate(all="ignore"):
        off = {form: np.abs(FORMS[form](sampled, {}) - got) / allowed for form in PLAIN}
    best = min(off, key=lambda form: float(off[form].max()))
    return best if off[best].max() <= 1 else ""
