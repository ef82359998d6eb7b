"""The pads that a layer was seen to use, in words."""

from __future__ import annotations

from ..cases.arithmetic import AXIS_NAMES
from ..cases.text import UNITS, shape_text
from .verdicts import Verdict


def pads_text(verdict: Verdict) -> str:
    """``(0,1)``, or ``rows (0,1), columns (1,1)``; empty where they are not known."""
    pads = verdict.pads
    if not pads:
        return ""
    if len(set(pads)) == 1:
        return shape_text(pads[0])
    named = zip(AXIS_NAMES[verdict.case.rank], pads, strict=True)
    return ", ".join(f"{UNITS[name][1]} {shape_text(sides)}" for name, sides in named)
