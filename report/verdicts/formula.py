"""A case worked out by its formula, without running anything: the output sizes and the elements that windows read."""

from __future__ import annotations

from collections.abc import Iterable

from ...cases import arithmetic
from ...cases.arithmetic import AXIS_NAMES, Invalid
from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.operations.pool_axis import PoolAxis
from ...cases.operations.table import operation

SHOWN_WINDOWS = 4


def work_out(case: Case) -> list[str]:
    """Return the lines that work a case out: a heading, one line per axis, and the output."""
    cells = rows(case)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return [case.describe(), "", *lines, *([""] if lines else []), *result(case)]


def rows(case: Case) -> list[tuple[str, str, str, str]]:
    """Return the axis, its pads, the formula with its numbers and the windows, for each axis; none without output."""
    axes = arithmetic.axes(case)
    if isinstance(axes, Invalid):
        return []
    names = AXIS_NAMES[case.rank]
    return [(name, total(axis), axis.formula(), windows(axis)) for name, axis in zip(names, axes, strict=True)]


def result(case: Case) -> list[str]:
    """Return the output sizes with the formula and what is to be known about it, or why there is no output."""
    axes = arithmetic.axes(case)
    if isinstance(axes, Invalid):
        return [f"no output: {axes.reason}"]
    kind = operation(case.op)
    output = ",".join(str(axis.output) for axis in axes)
    return [f"output ({output}) by {kind.formula(case)}", *kind.about(case)]


def total(axis: Axis) -> str:
    """Return the pads of both sides and their sum, or the crops of a transposed convolution."""
    return f"p = {axis.before} + {axis.after} = {axis.before + axis.after}"


def windows(axis: Axis) -> str:
    """Return the elements that each window of an axis reads, such as ``reads pad, 1-4 | 4-8``.

    Of many windows, the first few and the last are shown. In ceil mode, ``over`` counts the elements beyond the end of
    the padded input. For a transposed convolution, return the input elements that each output is made from, or
    ``nothing`` where there are none.
    """
    few = axis.output <= SHOWN_WINDOWS
    shown = range(axis.output) if few else range(SHOWN_WINDOWS - 1)
    words = [_made_from(axis, output) for output in shown]
    lead = "made from " if axis.adjoint else "reads "
    return lead + " | ".join(words if few else [*words, "...", _made_from(axis, axis.output - 1)])


def _made_from(axis: Axis, output: int) -> str:
    indices = axis.reads(output)
    if isinstance(axis, PoolAxis) and (over := axis.hangs_over(output)):
        return f"{reads(indices[:-over])}, {'over' if over == 1 else f'{over} over'}"
    if not axis.adjoint:
        return reads(indices)
    return reads(sorted(index for index in indices if index >= 0)) or "nothing"


def reads(indices: Iterable[int]) -> str:
    """Return the elements that one window reads along an axis, counted from 1, such as ``3 pad, 1-4``."""
    parts: list[str] = []
    run: list[int] = []
    for index in (*indices, None):
        if index is not None and (not run or _continues(run, index)):
            run.append(index)
            continue
        if run:
            parts.append(_run_words(run))
        run = [] if index is None else [index]
    return ", ".join(parts)


def _continues(run: list[int], index: int) -> bool:
    if index < 0 or run[-1] < 0:
        return index < 0 and run[-1] < 0
    step = index - run[-1]
    return step == run[1] - run[0] if len(run) > 1 else abs(step) == 1


def _run_words(run: list[int]) -> str:
    if run[0] < 0:
        return "pad" if len(run) == 1 else f"{len(run)} pad"
    return f"{run[0] + 1}" if len(run) == 1 else f"{run[0] + 1}-{run[-1] + 1}"
