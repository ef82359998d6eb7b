"""The option ``-k``: select cases by words in their ids, combined with and, or, not and parentheses, as in pytest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..case import Case
from ..errors import InputError
from ..text import printable

Test = Callable[[str], bool]


def select(cases: Iterable[Case], expression: str | None) -> tuple[Case, ...]:
    """Return the cases whose id matches the expression.

    Raises InputError if the expression cannot be parsed or no case matches.
    """
    if expression is None:
        return tuple(cases)
    try:
        matches = _Expression(expression).test
        chosen = tuple(case for case in cases if matches(case.id.lower()))
    except RecursionError:
        text = printable(expression, 60)
        raise InputError([f"-k: too many nested parentheses or nots in {text!r}; write fewer"]) from None
    if not chosen:
        raise InputError([f"-k: no case has an id that matches {printable(expression)!r}"])
    return chosen


class _Expression:
    """A recursive-descent parser: ``or`` binds weakest, then ``and``, then ``not``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = re.findall(r"[()]|[^\s()]+", text.lower())
        self.test = self._any()
        if self.tokens:
            self._refuse(f"{self.tokens[0]!r} is unexpected")

    def _refuse(self, what: str) -> None:
        raise InputError([f"-k: {what} in {printable(self.text)!r}; write words, and, or, not, parentheses"])

    def _take(self, *words: str) -> bool:
        if self.tokens and self.tokens[0] in words:
            self.tokens.pop(0)
            return True
        return False

    def _any(self) -> Test:
        tests = [self._all()]
        while self._take("or"):
            tests.append(self._all())
        return lambda name: any(test(name) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._take("and"):
            tests.append(self._one())
        return lambda name: all(test(name) for test in tests)

    def _one(self) -> Test:
        if self._take("not"):
            negated = self._one()
            return lambda name: not negated(name)
        if self._take("("):
            inner = self._any()
            if not self._take(")"):
                self._refuse("a ')' is missing")
            return inner
        if not self.tokens or self.tokens[0] in (")", "and", "or"):
            self._refuse("a word is missing")
        word = self.tokens.pop(0)
        return lambda name: word in name
