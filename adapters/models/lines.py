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


def called(function: str, x: str) -> str:
    """Return source text of a function or layer, itself source text, of a value."""
    return f"({function})({x})"


def calculated(
    forms: Mapping[str, str], parameters: Mapping[str, tuple[str, str]], settings: Settings, softmax: str
) -> str:
    """Return the line of an activation from a framework's tables: of forms, and of those with a parameter by name."""
    form, given = settings["form"], settings.get("parameters", {})
    if form in parameters:
        line, name = parameters[form]
        return line.format(repr(given[name]))
    return softmax if form == "softmax" and given.get("axis", -1) in (-1, None) else forms.get(form, "")


def arithmetic(name: str, numbers: Any) -> str:
    """Return the line that changes ``x`` where all frameworks with NumPy's methods write it alike; empty if not."""
    if name == "scale":
        return f"x * {numbers!r}"
    if name == "affine":
        return f"x * {numbers[0]!r} + {numbers[1]!r}"
    if name == "flat":
        channels, pixels, last = numbers
        shape = f"-1, {channels}, {pixels}" if last else f"-1, {pixels}, {channels}"
        return f"x.reshape({shape}).transpose(0, 2, 1).reshape(-1, {channels * pixels})"
    return "x" if name == "nothing" else ""
