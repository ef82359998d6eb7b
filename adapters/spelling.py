"""What spellings are made of: source text for a layer, and how that framework's vocabulary bent the request.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ONE_PAD_PER_AXIS = "the layer takes one number per axis and pads both sides alike"


@dataclass(frozen=True)
class Spelling:
    """One line of source code for a layer, and how that framework's vocabulary bent the request.

    ``words`` is how the padding was said; ``note`` what the framework has no words for, as a sentence.
    """

    source: str
    words: str = ""
    note: str = ""


@dataclass(frozen=True)
class Inexpressible:
    """Why a framework has no words for a case."""

    reason: str


class Code(str):
    """Source text among the arguments of a call."""

    __repr__ = str.__str__


def arguments(*values: Any, **keywords: Any) -> str:
    """Source text of call arguments; keywords that are None are left out."""
    parts: list[str] = [repr(value) for value in values]
    return ", ".join(parts + [f"{key}={value!r}" for key, value in keywords.items() if value is not None])


def compact(numbers: Sequence[int]) -> int | tuple[int, ...]:
    """One number where all axes agree, as people write it."""
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def unless(default: Any, numbers: Sequence[int]) -> int | tuple[int, ...] | None:
    """The numbers for a keyword argument, or None where they are the default, or every axis has it."""
    same = tuple(numbers) == default or all(number == default for number in numbers)
    return None if same else compact(numbers)
