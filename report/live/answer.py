"""Answers a question of the page that runs in the browser, as JSON. Nothing is run, and nothing is installed there.

The answers are those of ``convparity explain`` and ``convparity compare``; only the maps of the drawings are added.

Pure.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ...adapters.expression import Reading, read
from ...adapters.registry import USUAL
from ...cases.arithmetic import Invalid, axes
from ...cases.catalog.sizes import input_sizes
from ...cases.errors import InputError
from ...cases.operations.table import operation
from ..findings.asked import to_json, worked_out
from ..findings.compared import compare
from ..findings.predicted import Predicted, predictions
from ..preflight.no_window.answers import answers
from ..verdicts.drawn import maps


def answer(question: str) -> str:
    """Return the answer to a question, both as JSON.

    A question has ``line``, ``second``, which is empty or a line to compare, ``input`` and ``to``, which is empty or
    an adapter. ``app/src/live/answer.ts`` documents the kinds of answers.
    """
    asked = json.loads(question)
    return json.dumps(answered(asked["line"], asked["second"], asked["input"], asked["to"]))


def answered(line: str, second: str, input: str, to: str) -> dict[str, Any]:
    """Return the answer to a question; if it cannot be answered, the problems as the command prints them."""
    adapters = (to,) if to else None
    try:
        sizes = input_sizes(input, "input")
        if second.strip():
            return _pair(line, second, sizes)
        return _one(line, sizes, adapters)
    except InputError as error:
        return {"kind": "problems", "problems": error.problems}


def _one(line: str, sizes: tuple[int, ...], adapters: Sequence[str] | None) -> dict[str, Any]:
    """Return the answer for one line. Raise InputError if it is not a layer that is known."""
    try:
        asked = read(line, sizes)
    except InputError:
        if lines := answers(line, sizes, adapters):
            return {"kind": "lines", "lines": lines}
        raise
    return layer_answer(asked, adapters or USUAL)


def layer_answer(asked: Reading, adapters: Sequence[str] = USUAL) -> dict[str, Any]:
    """Return the answer for a layer that was read: its formula, its maps, and what each framework does with it."""
    found = predictions(asked.case, asked.dressing, adapters)
    told = to_json(asked, found)
    for row, predicted in zip(told["frameworks"], found, strict=True):
        row["maps"] = _predicted_maps(predicted)
    return {"kind": "layer", **told, "maps": _maps(asked), "transposed": operation(asked.case.op).adjoint}


def _pair(first: str, second: str, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Return the comparison of two lines. Raise InputError if one of them cannot be read."""
    found = compare(first, second, sizes)
    both = [found.first.reading, found.second.reading]
    drawn = all(one.sizes is None for one in both) and not found.other_kind
    return {
        "kind": "pair",
        **found.to_json(),
        "heading": found.heading,
        "sides": [{**worked_out(one.case), "maps": _maps(one) if drawn else []} for one in both],
        "remarks": list(found.remarks()),
        "transposed": operation(both[0].case.op).adjoint,
    }


def _predicted_maps(predicted: Predicted) -> list[dict[str, Any]]:
    """Return the maps of a framework's line; none where nothing is predicted or it has no output."""
    reading = predicted.prediction.reading
    return [] if reading is None else _maps(reading)


def _maps(reading: Reading) -> list[dict[str, Any]]:
    """Return the maps of a layer as its framework computes it; none where it has no output."""
    found = axes(reading.case)
    if isinstance(found, Invalid) or reading.refusal or reading.sizes is not None:
        return []
    return maps(found, reading.mirrored)
