"""A case worked out by the formula, without running anything: output sizes and the elements that windows read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..cases import arithmetic
from ..cases.arithmetic import AXIS_NAMES, Axis, Invalid
from ..cases.case import Case

SHOWN_WINDOWS = 4
ABOUT_P = "p is the total of both sides; a framework's padding= is one side. Elements count from 1."


def work_out(case: Case) -> list[str]:
    """The lines that work a case out: a head, one line per axis, the output."""
    axes = arithmetic.axes(case)
    head = [case.describe(), ""]
    if isinstance(axes, Invalid):
        return [*head, f"no output: {axes.reason}"]
    names = AXIS_NAMES[case.rank]
    cells = [
        (name, f"p = {axis.before} + {axis.after} = {axis.before + axis.after}", axis.formula(), windows(axis))
        for name, axis in zip(names, axes, strict=True)
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    output = ",".join(str(axis.output) for axis in axes)
    formula = "floor((n - k + p + s) / s)" if max(case.dilation) == 1 else "floor((n - e + p + s) / s), e = d(k-1) + 1"
    return [*head, *lines, "", f"output ({output}) by {formula}", ABOUT_P]


def windows(axis: Axis) -> str:
    """What each window of an axis reads, from 1: ``reads pad,1-4 | 4-8``; the first and last of many."""
    indices = arithmetic.sampling(axis)
    if axis.output <= SHOWN_WINDOWS:
        return "reads " + " | ".join(map(_window, indices))
    first = " | ".join(map(_window, indices[: SHOWN_WINDOWS - 1]))
    return f"reads {first} | ... | {_window(indices[-1])}"


def _window(indices: np.ndarray) -> str:
    """One window: ranges of elements, and runs of padding."""
    parts: list[str] = []
    position = 0
    while position < len(indices):
        run = _run(indices[position:].tolist())
        first, last = int(indices[position]), int(indices[position + run - 1])
        if first < 0:
            parts.append("pad" if run == 1 else f"pad x{run}")
        elif run == 1:
            parts.append(str(first + 1))
        else:
            parts.append(f"{first + 1}-{last + 1}")
        position += run
    return ",".join(parts)


def _run(indices: Sequence[int]) -> int:
    """How many indices from the first on are padding, or consecutive."""
    length = 1
    while length < len(indices):
        before, here = indices[length - 1], indices[length]
        if (here < 0) != (before < 0) or (here >= 0 and here != before + 1):
            break
        length += 1
    return length
