"""The history of a finding: in which versions of each adapter it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ...cases.text import count, several
from ..findings.words import word
from .column import Column
from .index import Finding, Matrix


@dataclass(frozen=True)
class Seen:
    """A finding in a column: how many of the finding's cases have it there, and the verdicts of the others."""

    column: Column
    having: int
    others: Counter[str]

    @property
    def run(self) -> int:
        """The number of the finding's cases that were run there."""
        return self.having + self.others.total()

    @property
    def state(self) -> str:
        """``yes``, ``no`` or ``not run``."""
        return "not run" if not self.run else "yes" if self.having else "no"

    @property
    def clean(self) -> bool:
        """Whether all of the finding's cases agree there."""
        return self.run > 0 and self.others["agrees"] == self.run

    @property
    def told(self) -> str:
        """The state with its numbers."""
        if not self.run:
            return "not run"
        of = f"{self.having} of {count(self.run, 'layer')}" if self.having else "none of " + count(self.run, "layer")
        others = [f"{number} {_plural(verdict, number)}" for verdict, number in self.others.most_common()]
        return f"{of}; {several(others)}" if others else of


def _plural(verdict: str, number: int) -> str:
    return "agree" if verdict == "agrees" and number > 1 else word(verdict)


def history(matrix: Matrix, finding: Finding) -> list[Seen]:
    """Return a finding in each column, in the order of the columns."""
    return [Seen(column, *matrix.having(finding, column)) for column in matrix.columns]


def sentence(seen: Sequence[Seen], names: dict[Column, str]) -> str:
    """Return the versions that have a finding and those that do not, for each adapter that has it in any version."""
    return "; ".join(_adapters(seen, names))


def _adapters(seen: Sequence[Seen], names: dict[Column, str]) -> Iterator[str]:
    for adapter, group in groupby(seen, key=lambda one: one.column.adapter):
        ran = [one for one in group if one.run]
        if any(one.having for one in ran):
            spans = [(state, list(same)) for state, same in groupby(ran, key=lambda one: one.state)]
            yield f"{adapter}: " + ", ".join(f"{_WORDS[state]} {_span(same, names)}" for state, same in spans)


_WORDS = {"yes": "in", "no": "not in"}


def _span(same: Sequence[Seen], names: dict[Column, str]) -> str:
    first, last = names[same[0].column], names[same[-1].column]
    return first if first == last else f"{first} to {last}"
