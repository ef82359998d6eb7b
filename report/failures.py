"""What fails a run, one by one: the exit status and every writer go by this list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..cases.text import printable
from .gate import Disagreement
from .results import SPELLINGS
from .verdicts import Verdict, kind

if TYPE_CHECKING:
    from .assessment import Report

DIVERGENCE, PORT, EXPECTATION, DISAGREEMENT, LOCK = KINDS = (
    "divergence",
    "port",
    "expectation",
    "disagreement",
    "lock",
)
TITLES = {
    DIVERGENCE: "divergence",
    PORT: "port that does not agree",
    EXPECTATION: "not as expected",
    DISAGREEMENT: "disagreement",
    LOCK: "not as locked",
}


@dataclass(frozen=True)
class Failure:
    """One thing that fails a run. ``case`` (its id) and ``environment`` (its label) are None where it is of no one."""

    kind: str  # of KINDS
    case: str | None = None
    environment: str | None = None
    said: str = ""
    row: Verdict | None = None  # of a divergence

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return TITLES[self.kind]

    @property
    def sentence(self) -> str:
        """What is wrong; of a divergence its reason, which is worked out when somebody reads it."""
        return self.row.reason if self.row else self.said


def failures(report: Report) -> list[Failure]:
    """Everything that fails a run, divergences first."""
    return [*_rows(report), *_expectations(report), *map(_disagreement, report.disagreements), *_lock(report)]


def beyond_divergences(report: Report) -> list[Failure]:
    """What fails a run and is no finding, so that it has to be told beside them."""
    return [failure for failure in report.failures if failure.kind != DIVERGENCE]


def counted(report: Report) -> str:
    """How much of what fails a run, ``divergence (6), not as locked (1)``; empty where nothing does."""
    counts = Counter(failure.title for failure in report.failures)
    return ", ".join(f"{title} ({count})" for title, count in counts.items())


def _rows(report: Report) -> Iterator[Failure]:
    """Divergences; then ports, where the layer as written does not fail, as what is told of that has its port."""
    written = [row for row in report.unexpected if row.spelling == SPELLINGS[0]]
    for row in written:
        yield Failure(DIVERGENCE, row.case.id, row.environment.label, row=row)
    failing = {(row.case.id, row.environment.label) for row in written}
    for row in report.unexpected:
        id, label = row.case.id, row.environment.label
        if row.spelling != SPELLINGS[0] and (id, label) not in failing:
            where = f"{printable(label, 40)}  {row.case.describe()}"
            yield Failure(PORT, id, label, f"{where}: {kind(row)}: {printable(row.reason, 600)}")


def _expectations(report: Report) -> Iterator[Failure]:
    if report.expected is None:
        return
    unexpected = {(row.case.id, row.environment.label, row.spelling) for row in report.unexpected}
    for key, line in report.expected.told:
        if key is None:
            yield Failure(EXPECTATION, said=line)
        elif key in unexpected or key in report.expected.outdated:
            yield Failure(EXPECTATION, *key[:2], said=line)


def _disagreement(found: Disagreement) -> Failure:
    case, others = found.cases[0], len(found.cases) - 1
    more = f" and {others} more" if others else ""
    return Failure(DISAGREEMENT, said=f"{printable(case.id, 80)}  {case.describe()}{more}: {found.words}")


def _lock(report: Report) -> Iterator[Failure]:
    for line in report.broken:
        yield Failure(LOCK, line.case, line.environment, str(line))
