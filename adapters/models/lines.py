"""Finds the line that mends a unit: from the spelling of its case, or from a framework's own table.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...cases.case import Case
from ..spelling import Speller, Spelling

Settings = Mapping[str, Any]
NO_BIAS = (", bias=False", ", use_bias=False")


def windowed(speller: Speller, case: Case, bias: bool) -> str:
    """Return the line of a convolution or pool, which is its port; empty if there is none."""
    port = speller.port(case)
    if not isinstance(port, Spelling):
        return ""
    source = port.source
    for without in NO_BIAS if bias else ():
        source = source.replace(without, "")
    return source


def unfilled(case: Case) -> Case:
    """Return a pool whose last windows are not full instead of padded at the end, which leaves the padding out."""
    return replace(
        case, padding=tuple((pair[0], 0) for pair in case.padding if not isinstance(pair, str)), ceil_mode=True
    )


def tuples(numbers: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return pairs of numbers as they are written."""
    return tuple(tuple(pair) for pair in numbers)
