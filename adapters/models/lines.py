"""How the line that mends a unit is found: from the spelling of its case, or from a framework's own table.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def tuples(numbers: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return pairs of numbers as they are written."""
    return tuple(tuple(pair) for pair in numbers)
