"""Lays long lines of code out over several lines, at their brackets, without changing a token.

A line that is pasted from a terminal may be indented, so nothing is broken outside of brackets.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from itertools import pairwise

WIDTH = 100  # columns
LONGEST = 4000  # characters; a longer line was not written by an adapter
INDENT = "    "


def broken(source: str, lead: str = "", width: int = WIDTH) -> list[str]:
    """Return a line of code after ``lead``, as lines of at most ``width`` columns as far as its brackets allow it."""
    if width < len(source) <= LONGEST:
        try:
            first, *rest = _lines(source, "", max(width, len(INDENT)))
        except (SyntaxError, tokenize.TokenError, RecursionError):  # code of a user's own adapter, or a cut line
            return [lead + source]
        return [lead + first, *rest]
    return [lead + source]


def _lines(code: str, indent: str, width: int) -> Iterator[str]:
    """Yield code as lines: the longest of its outermost brackets is opened, with one item on each line."""
    commas: list[int] = []
    opened = None if len(indent) + len(code) <= width and indent else _longest(code, commas)
    if opened is None:
        yield indent + code
        return
    start, end = opened
    yield indent + code[: start + 1]
    places = [start, *commas, end]
    for before, after in pairwise(places):
        item = code[before + 1 : after].strip()
        if item:
            yield from _lines(item + ("," if after in commas else ""), indent + INDENT, width)
    yield indent + code[end:]


def _longest(code: str, commas: list[int]) -> tuple[int, int] | None:
    """Return the places of the longest outermost brackets, and put those of the commas directly inside in ``commas``.

    Return None where there are no brackets with anything inside, or where a comment ends the line.
    """
    found: tuple[int, int] | None = None
    depth = start = 0
    inside: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        place = token.start[1]
        if token.type == tokenize.COMMENT or token.start[0] > 2:
            return None
        if token.type != tokenize.OP:
            continue
        if token.string in "([{":
            depth += 1
            if depth == 1:
                start, inside = place, []
        elif token.string in ")]}":
            depth -= 1
            if depth == 0 and place - start > (found[1] - found[0] if found else 1):
                found = start, place
                commas[:] = inside
        elif token.string == "," and depth == 1:
            inside.append(place)
    return found
