"""The parts of a spelling: the source text of a layer, and how the framework's vocabulary changed the request.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ..cases.case import Case


@dataclass(frozen=True)
class Literal:
    """A line with the word of the request that the framework refuses, and the error that it raises, or a part of it."""

    source: str
    error: str


@dataclass(frozen=True)
class Spelling:
    """One line of source code for a layer, and how the framework's vocabulary changed the request.

    ``words`` is how the padding is written; ``note`` is a sentence about what the framework cannot express. Where
    people would try the missing word first, ``literal`` is the line that has it.
    """

    source: str
    words: str = ""
    note: str = ""
    literal: Literal | None = None


@dataclass(frozen=True)
class Inexpressible:
    """The reason why a framework cannot express a case."""

    reason: str


class Speller(Protocol):
    """Spells cases in one framework: a module, or a class with these as static methods."""

    def as_written(self, case: Case) -> Spelling | Inexpressible:
        """Return the layer as a user of this framework would write it, or why it cannot be expressed."""

    def port(self, case: Case) -> Spelling | Inexpressible:
        """Return the layer that reproduces the case exactly, or why none can."""


class Code(str):
    """Source text among the arguments of a call."""

    __repr__ = str.__str__


def arguments(*values: Any, **keywords: Any) -> str:
    """Return the source text of call arguments; keywords that are None are left out."""
    parts: list[str] = [repr(value) for value in values]
    return ", ".join(parts + [f"{key}={value!r}" for key, value in keywords.items() if value is not None])


def compact(numbers: Sequence[int]) -> int | tuple[int, ...]:
    """Return one number if all axes have the same, as people write it, else a tuple."""
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def kernel_size(case: Case) -> int | tuple[int, ...]:
    """Return the kernel as people write it; all its numbers if they are too many or too few for the axes."""
    return compact(case.kernel) if len(case.kernel) == case.rank else case.kernel


def unless(default: Any, numbers: Sequence[int]) -> int | tuple[int, ...] | None:
    """Return the numbers for a keyword argument, or None if they equal the default, or each of them does."""
    same = tuple(numbers) == default or all(number == default for number in numbers)
    return None if same else compact(numbers)
