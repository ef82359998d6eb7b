"""The script that shows a finding, which is written without being run, and the command that runs it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from ..adapters.registry import NAMES
from ..cases.case import Case
from ..cases.errors import InputError
from ..report.matrix.column import Column
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
    agreeing = [one.adapter for one in matrix.columns if matrix.mark(one, case.id) is AGREES and one.adapter != adapter]
    names = [name for name in (*agreeing[:1], adapter) if name in NAMES]
    if adapter not in names or first.told.verdict == "misdeclares":  # it computes what is asked
        return NONE
    try:
        text = _text(case, names)
    except InputError:  # no line, another dtype than float32, too large
        return NONE
    if not text or len(names) < 2:
        return Script("", text)
    return Script(_command(matrix, first.column, case, names), text)


def _text(case: Case, names: Sequence[str]) -> str:
    """Return the script of a small layer like the case, if the frameworks are predicted to differ there; else its own.

    It is empty where they differ in nothing but a mirrored kernel, because a script turns the kernel over for such a
    framework. Raise InputError if there is none.
    """
    small = reproducing.small(case)
    sides = [reproducing.side(small, name) for name in names]
    if len(names) > 1 and not _foreseen(*sides):
        small, sides = case, [reproducing.side(case, name) for name in names]
        if sides[0].reading.mirrored != sides[1].reading.mirrored and not _foreseen(*sides):
            return ""
    return reproducing.script(small, sides)


def _foreseen(one: Side, other: Side) -> bool:
    """Return whether two sides are predicted to differ in more than a mirrored kernel."""
    computed = replace(Computed.by(other.reading), mirrored=False)
    return Comparison(one.reading.case, computed).verdict != "agrees"


def _command(matrix: Matrix, column: Column, case: Case, names: Sequence[str]) -> str:
    """Return the command that runs the script and prints it: in a column's version, if a later one does without."""
    catalog = matrix.layers[case.id].catalog
    asked = [f"{catalog}:{case.id}"]
    if catalog == OTHERS:
        line = reproducing.side(case, names[0]).source
        asked = [line, "--input", "x".join(map(str, (case.batch, case.in_channels, *case.input)))]
    adapter = [one for one in matrix.columns if one.adapter == column.adapter]
    later = adapter[adapter.index(column) + 1 :]
    given = []
    if column.version and any(matrix.mark(one, case.id) for one in later):
        given = ["--with", names[0], "--with", f"{column.adapter}=={column.version.partition('+')[0]}"]
    return shlex.join(["convparity", "repro", *asked, "--adapters", ",".join(names), *given])
