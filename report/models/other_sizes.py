"""Layers that agree on the given input size, and would not on every size: numbers for a padding word, a ceil mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...cases import arithmetic
from ...cases.arithmetic import AXIS_NAMES
from ...cases.case import Case
from ...cases.operations import Op
from ...cases.operations.axis import Axis
from ...cases.text import shape_text
from ..verdicts.sizes import by_residue
from .numbers import POOLS, case_of
from .units import Unit

WINDOWED: dict[str, Op] = {"conv": "conv", "max_pool": "max_pool", "avg_pool": "avg_pool"}
PERIODS = 2  # multiples of the stride that are looked at
LARGEST_STRIDE = 32


def difference(ours: Unit, theirs: Unit, shape: Sequence[int]) -> tuple[str, str] | None:
    """Return the kind and the cause of a difference on other sizes than (N, C, *spatial); None if there is none."""
    if (
        ours.kind not in WINDOWED
        or ours.kind != theirs.kind
        or len(ours.settings["kernel"]) != len(theirs.settings["kernel"])
    ):
        return None
    cases = _case(ours, shape), _case(theirs, shape)
    if max(max(case.stride) for case in cases) > LARGEST_STRIDE or cases[0].stride != cases[1].stride:
        return None
    kind = "ceil" if cases[0].padding == cases[1].padding else "pads"
    for place, (name, stride) in enumerate(zip(AXIS_NAMES[cases[0].rank], cases[0].stride, strict=True)):
        n = cases[0].input[place]
        differs: dict[int, bool] = {}
        for size in range(n, n + PERIODS * stride):
            both = [_axis(case, place, size) for case in cases]
            if None in both:
                return None
            different = both[0] != both[1]
            if differs.setdefault(size % stride, different) != different:
                return None
        if any(differs.values()):
            told = by_residue(differs, stride, ours.kind in POOLS).format(f"input {name}")
            return kind, f"{_words(theirs)} where the original {_words(ours)}: {told}"
    return None


def _case(unit: Unit, shape: Sequence[int]) -> Case:
    case = case_of(WINDOWED[unit.kind], unit.settings, shape)
    word = unit.settings.get("word")
    return replace(case, padding=word) if word else case


def _axis(case: Case, place: int, size: int) -> tuple[int, int] | None:
    """Return the pad before the first window and the number of windows along one axis of an input of another size."""
    sizes = (*case.input[:place], size, *case.input[place + 1 :])
    axes = arithmetic.axes(case.on(sizes))
    axis = None if isinstance(axes, arithmetic.Invalid) else axes[place]
    return (axis.before, axis.output) if isinstance(axis, Axis) else None


def _words(unit: Unit) -> str:
    word = unit.settings.get("word")
    pads = {tuple(pair) for pair in unit.settings["pads"]}
    told = f"pads {word!r}" if word else f"pads {', '.join(map(shape_text, sorted(pads)))}"
    return f"{told} in ceil mode" if unit.settings.get("ceil") else told
