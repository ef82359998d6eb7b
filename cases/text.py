"""Text for people: the words that sentences are made of, and other people's strings made safe to print."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from typing import Any

# What one element of an axis is called, and several.
UNITS = {"depth": ("slice", "slices"), "height": ("row", "rows"), "width": ("column", "columns")}
# What a padding mode puts outside the input.
MODE_WORDS = {
    "zeros": "zeros",
    "reflect": "its own elements mirrored",
    "replicate": "its edge repeated",
    "circular": "its other end",
}


def printable(text: str, limit: int = 200) -> str:
    """One line without control characters (terminal escapes, NUL), cut with an ellipsis beyond ``limit`` characters."""
    cut = text[: limit - 1] + "…" if len(text) > limit else text
    if cut.isprintable():  # nearly always
        return cut
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


def shown(value: Any) -> str:
    """A value as the user wrote it, near enough, on one line of at most 60 characters."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):  # a date, or an integer of more digits than Python prints
        text = f"a {type(value).__name__}"
    return printable(text, 60)


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 layer``, ``3 layers``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def several(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'stride'?`` where a known word is close, else nothing."""
    close = difflib.get_close_matches(word.lower()[:50], list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


def shape_text(sizes: Iterable[int] | None) -> str:
    """``(2,1)``, or ``nothing``."""
    return "nothing" if sizes is None else "(" + ",".join(map(str, sizes)) + ")"


def first_line(text: str, limit: int = 200) -> str:
    """The first line with something on it, safe to print; of a traceback the last, which says what happened."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    return printable(lines[-1 if "Traceback (most recent call last)" in lines[0] else 0], limit)
