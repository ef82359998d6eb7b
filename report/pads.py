"""The pads that a layer was seen to use: measured, or proven by equal values."""

from __future__ import annotations

from ..cases.arithmetic import AXIS_NAMES, Invalid
from .edges import UNITS
from .explanations import differences, shape_text
from .verdicts import Verdict

Sides = tuple[int, int]  # before and after; of a transposed convolution, what is cropped


def pads(verdict: Verdict) -> dict[str, Sides | None]:
    """By the names of the axes; None for an axis on which they are not known, and empty where nothing is."""
    axes = verdict.reference.axes
    if isinstance(axes, Invalid) or not (verdict.proven or verdict.maps):
        return {}
    otherwise = {axis.name: axis.pads for axis in differences(verdict.case, verdict.reference, verdict.observation)}
    named = zip(AXIS_NAMES[verdict.case.rank], axes, strict=True)
    return {name: otherwise.get(name, axis.pads) for name, axis in named}


def pads_text(verdict: Verdict) -> str:
    """``(0,1)``, or ``rows (0,1), columns (1,1)``; empty where an axis is not known."""
    found = pads(verdict)
    if not found or None in found.values():
        return ""
    if len(set(found.values())) == 1:
        return shape_text(next(iter(found.values())))
    return ", ".join(f"{UNITS[name][1]} {shape_text(sides)}" for name, sides in found.items())
