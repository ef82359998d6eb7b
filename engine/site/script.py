"""The script that shows a finding, which is written without being run, and the command that runs it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ..adapters.registry import NAMES
from ..cases.case import Case
from ..cases.errors import InputError
from ..report.matrix.example import Example
from ..report.matrix.index import AGREES, OTHERS, Matrix
from ..report.matrix.pages import Script
from ..report.verdicts.computed import Comparison, Computed
from ..runs import reproducing
from ..runs.reproducing import Side

NONE = Script("", "")


def script(matrix: Matrix, first: Example) -> Script:
    """Return the script of a finding's example, beside a framework that agrees, where there is one."""
    adapter, case = first.column.adapter, first.case
    other = next(
        (one.adapter for one in matrix.columns if matrix.mark(one, case.id) is AGREES and one.adapter != adapter), ""
    )
    names = [name for name in (other, adapter) if name in NAMES]
    if adapter not in names:
        return NONE
    try:
        text = _text(case, names)
    except InputError:  # no line, another dtype than float32, too large
        return NONE
    return Script(_command(matrix, case, names) if len(names) > 1 else "", text)


def _text(case: Case, names: Sequence[str]) -> str:
    """Return the script of a small layer like the case, if the frameworks are predicted to differ there; else its own.

    Raise InputError if there is none.
    """
    small = reproducing.small(case)
    sides = [reproducing.side(small, name) for name in names]
    if len(names) > 1 and not _foreseen(*sides):
        small, sides = case, [reproducing.side(case, name) for name in names]
    return reproducing.script(small, sides)


def _foreseen(one: Side, other: Side) -> bool:
    return Comparison(one.reading.case, Computed.by(other.reading)).verdict != "agrees"


def _command(matrix: Matrix, case: Case, names: Sequence[str]) -> str:
    """Return the command that runs the script and prints it."""
    catalog = matrix.layers[case.id].catalog
    asked = [f"{catalog}:{case.id}"]
    if catalog == OTHERS:
        line = reproducing.side(case, names[0]).source
        asked = [line, "--input", "x".join(map(str, (case.batch, case.in_channels, *case.input)))]
    return shlex.join(["convparity", "repro", *asked, "--adapters", ",".join(names)])
