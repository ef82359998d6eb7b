"""The failures of a run under a policy. The exit status and all formats depend on this list of failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ...cases.text import printable
from ..results.file import SPELLINGS
from ..verdicts.run import Run
from ..verdicts.verdict import Verdict, kind
from .expectations import Checked, Expectation, check
from .gate import EVERY_DIVERGENCE, UNFORESEEN, Disagreement, Gate, disagreements
from .lock import Broken, broken

DIVERGENCE, PORT, UNPREDICTED, EXPECTATION, DISAGREEMENT, LOCK = KINDS = (
    "divergence",
    "port",
    "unforeseen",
    "expectation",
    "disagreement",
    "lock",
)
TITLES = {
    DIVERGENCE: "divergence",
    PORT: "port that does not agree",
    UNPREDICTED: "not as predicted",
    EXPECTATION: "not as expected",
    DISAGREEMENT: "disagreement",
    LOCK: "not as locked",
}


@dataclass(frozen=True)
class Failure:
    """One reason why a run fails. ``case`` (an id) and ``environment`` (a label) are None where it has none."""

    kind: str  # one of KINDS
    case: str | None = None
    environment: str | None = None
    said: str = ""
    row: Verdict | None = None  # only for a divergence

    @property
    def title(self) -> str:
        """The kind of the failure in a few words."""
        return TITLES[self.kind]

    @property
    def sentence(self) -> str:
        """A sentence that says what is wrong; for a divergence its reason, computed on access."""
        return self.row.reason if self.row else self.said


@dataclass(frozen=True)
class Policy:
    """The rules that decide whether a run fails: a gate, and expectations, if any.

    ``partial`` is true where cases were left out on purpose; ``today`` is the date for which expiry is checked.
    """

    gate: Gate = EVERY_DIVERGENCE
    expectations: tuple[Expectation, ...] | None = None
    partial: bool = False
    today: date | None = None

    def fails(self, row: Verdict) -> bool:
        """Return whether the verdict of a row alone fails a run: the gate says so, and no expectation describes it."""
        known = any(expectation.covers(row) and expectation.fits(row) for expectation in self.expectations or ())
        return self.gate.fails(row) and not known


DEFAULT = Policy()  # every divergence fails the run


class Held:
    """The result of applying a policy to a run."""

    def __init__(self, run: Run, policy: Policy) -> None:
        self.run, self.policy = run, policy

    @cached_property
    def expected(self) -> Checked | None:
        """The expectations checked against the run; None where there are none.

        A run in which something was not observed counts as partial.
        """
        if self.policy.expectations is None:
            return None
        run, policy = self.run, self.policy
        partial = policy.partial or not run.complete or bool(run.missing)
        return check(self.policy.expectations, run.verdicts, run.cases, run.environments, partial, policy.today)

    @property
    def waived(self) -> dict[tuple[str, str], str]:
        """The reason why each waived (case id, environment label) is expected to diverge."""
        return self.expected.reasons if self.expected else {}

    @cached_property
    def unexpected(self) -> list[Verdict]:
        """The rows, including ports, that fail the run: those that the gate fails and no expectation waives."""
        waived = set(self.expected.waived if self.expected else ())
        gate = self.policy.gate
        return [row for key, row in self.run.by_key.items() if gate.fails(row) and key not in waived]

    @cached_property
    def disagreements(self) -> list[Disagreement]:
        """The disagreements among environments that the gate requires to agree, but for those that are expected."""
        waived = self.expected.waived if self.expected else {}

        def described(row: Verdict) -> tuple[str, int] | None:
            found = waived.get((row.case.id, row.environment.label, row.spelling))
            return (found.file, found.index) if found else None

        return self._disagreements(described)

    @cached_property
    def expected_disagreements(self) -> int:
        """The number of layers on which environments disagree as expectations describe it."""
        every, failing = (sum(len(one.cases) for one in found) for found in (self._disagreements(), self.disagreements))
        return every - failing

    def _disagreements(self, described: Callable[[Verdict], Hashable] = lambda row: None) -> list[Disagreement]:
        written = SPELLINGS[0]
        rows = {(id, label): v for (id, label, spelling), v in self.run.by_key.items() if spelling == written}
        return [found for labels in self.policy.gate.agree for found in disagreements(labels, rows, described)]

    @cached_property
    def broken(self) -> list[Broken]:
        """The lines of the gate's lock that no longer hold."""
        return broken(self.policy.gate.lock, self.run) if self.policy.gate.lock else []

    @cached_property
    def failures(self) -> list[Failure]:
        """All failures of the run, divergences first."""
        rows = [*self._rows(), *self._unforeseen()]
        return [*rows, *self._expectations(), *map(_disagreement, self.disagreements), *self._lock()]

    def _rows(self) -> Iterator[Failure]:
        """Yield divergences, then ports of layers that do not fail as written; a finding already shows its port."""
        written = [row for row in self.unexpected if row.spelling == SPELLINGS[0]]
        for row in written:
            yield Failure(DIVERGENCE, row.case.id, row.environment.label, row=row)
        failing = {(row.case.id, row.environment.label) for row in written}
        for row in self.unexpected:
            id, label = row.case.id, row.environment.label
            if row.spelling != SPELLINGS[0] and (id, label) not in failing:
                where = f"{printable(label, 40)}  {row.case.describe()}"
                yield Failure(PORT, id, label, f"{where}: {kind(row)}: {printable(row.reason, 600)}")

    def _unforeseen(self) -> Iterator[Failure]:
        """Yield the measurements that differ from their predictions, where the gate asks for them, unless expected."""
        if UNFORESEEN not in (self.policy.gate.fail_on or ()):
            return
        waived = self.expected.waived if self.expected else {}
        for key, row in self.run.by_key.items():
            if row.unforeseen and not (key in waived and waived[key].unforeseen):
                id, label = row.case.id, row.environment.label
                where = f"{printable(label, 40)}  {row.case.describe()}"
                yield Failure(UNPREDICTED, id, label, f"{where}: {kind(row)}, where it was {row.unforeseen}")

    def _expectations(self) -> Iterator[Failure]:
        if self.expected is None:
            return
        unexpected = {(row.case.id, row.environment.label, row.spelling) for row in self.unexpected}
        for key, line in self.expected.told:
            if key is None:
                yield Failure(EXPECTATION, said=line)
            elif key in unexpected or key in self.expected.outdated:
                yield Failure(EXPECTATION, *key[:2], said=line)

    def _lock(self) -> Iterator[Failure]:
        for line in self.broken:
            yield Failure(LOCK, line.case, line.environment, str(line))


def _disagreement(found: Disagreement) -> Failure:
    case, others = found.cases[0], len(found.cases) - 1
    more = f" and {others} more" if others else ""
    return Failure(DISAGREEMENT, said=f"{printable(case.id, 80)}  {case.describe()}{more}: {found.words}")


def beyond_divergences(failures: list[Failure]) -> list[Failure]:
    """Return the failures that are not divergences, which the findings do not show."""
    return [failure for failure in failures if failure.kind != DIVERGENCE]


def counted(failures: list[Failure]) -> str:
    """Return the number of failures of each kind, such as ``divergence (6), not as locked (1)``; empty for none."""
    counts = Counter(failure.title for failure in failures)
    return ", ".join(f"{title} ({count})" for title, count in counts.items())
