"""A line that was asked about, as JSON: its formula, and what each framework does with its layer. Nothing is run.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...adapters.expression import Reading
from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
from ..verdicts.formula import result, rows
from .predicted import Predicted
from .sentences import answer

FORMAT = 1
COLUMNS = ("axis", "pads", "formula", "windows")


def to_json(asked: Reading, predicted: Sequence[Predicted]) -> dict[str, Any]:
    """Return a layer and its predictions as ``explain --json`` writes them.

    ``answer`` are the lines of text that ``explain --to`` prints for a framework.
    """
    return {
        "format": FORMAT,
        "basis": "predicted",
        "framework": asked.framework or None,
        **worked_out(asked.case),
        "refusal": asked.refusal or None,
        "asides": list(asked.asides),
        "frameworks": [{**one.to_json(), "answer": list(answer(one, asked.dressing))} for one in predicted],
    }


def worked_out(case: Case) -> dict[str, Any]:
    """Return a layer in words, its output sizes, and the formula with its numbers for each axis."""
    found = axes(case)
    return {
        "layer": case.describe(),
        "shape": None if isinstance(found, Invalid) else [axis.output for axis in found],
        "formula": [dict(zip(COLUMNS, row, strict=True)) for row in rows(case)],
        "result": result(case),
    }
