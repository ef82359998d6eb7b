"""Finds the release of a package in which a layer began to do otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..cases.case import Case
from ..cases.errors import HarnessFault, InputError
from ..cases.text import count, printable, several
from ..report.findings.changes import Change, ChangeCluster
from ..report.findings.words import word
from ..report.verdicts.verdict import Verdict, kind
from ..runs.execution import run_in
from ..runs.settings import Settings
from ..runs.working import silent
from .observing import problem
from .script import reproduced
from .search import Found, search
from .series import Candidate, Series

LONGEST = 400  # characters of a problem


@dataclass(frozen=True)
class Bisected:
    """Where a case began to do otherwise: the change, what was tried, and the script that shows it.

    ``change`` is None where the oldest and the newest release do the same. ``problems`` say why a release was not
    observed, by its position. ``script`` is empty where there is none, and ``unscripted`` then says why.
    """

    case: Case
    package: str
    candidates: tuple[Candidate, ...]
    found: Found[Verdict]
    problems: dict[int, str]
    change: Change | None
    script: str = ""
    unscripted: str = ""

    def __str__(self) -> str:
        return "\n".join(self.lines())

    @property
    def before(self) -> str | None:
        """The last release that does as the oldest one; None where nothing changed."""
        return None if self.found.before is None else self._version(self.found.before)

    @property
    def after(self) -> str | None:
        """The first release that does otherwise; None where nothing changed."""
        return None if self.found.after is None else self._version(self.found.after)

    @property
    def skipped(self) -> list[str]:
        """The releases between the two, none of which could be observed."""
        if self.found.before is None or self.found.after is None:
            return []
        return [self._version(at) for at in range(self.found.before + 1, self.found.after)]

    @property
    def tried(self) -> int:
        """The number of releases that were observed."""
        return sum(verdict is not None for verdict in self.found.seen.values())

    def lines(self) -> Iterator[str]:
        """Yield the result as text, line by line."""
        yield from self._result()
        yield f"{self.tried} of {count(len(self.candidates), 'release')} were observed:"
        width = max(len(self._version(at)) for at in self.found.seen)
        for at in sorted(self.found.seen):
            yield f"  {self._version(at):{width}}  {self._told(at)}"
        if self.unscripted:
            yield f"no script: {printable(self.unscripted, LONGEST)}"

    def _result(self) -> Iterator[str]:
        first, last = self.found.first, self.found.last
        if first is None or last is None:
            yield f"Fewer than two releases of {self.package} could be observed, so there is nothing to compare."
            return
        if self.change is None:
            ends = f"{self.package} {self._version(first)} and {self._version(last)}"
            yield f"{ends} do the same: {printable(self.case.describe())}."
            yield "If it changed and changed back in between, `convparity versions` shows it."
            return
        yield f"It changed in {self.package} {self.after}; {self.before} does as {self._version(first)} does."
        yield from ChangeCluster(self.change.kind, (self.change.either.environment.label,), (self.change,)).lines()
        if self.skipped:
            yield f"  or in {several(self.skipped)}, between the two, which could not be observed"
        after, end = (self.found.seen[at] for at in (self.found.after, last) if at is not None)
        if after and end and Change(after, end).what:
            yield f"  {self._version(last)} does otherwise again: {printable(Change(after, end).what, LONGEST)}"

    def _told(self, at: int) -> str:
        verdict = self.found.seen[at]
        if verdict is None:
            return f"not observed: {printable(self.problems[at], LONGEST)}"
        assert self.found.first is not None
        first = self.found.seen[self.found.first]
        if at == self.found.first or first is None:
            return word(kind(verdict))
        same = not Change(first, verdict).what
        return f"{word(kind(verdict))}, {'as' if same else 'other than'} {self._version(self.found.first)}"

    def _version(self, at: int) -> str:
        return str(self.candidates[at].version)


def bisected(case: Case, series: Series, candidates: Sequence[Candidate], settings: Settings) -> Bisected:
    """Return where a case began to do otherwise in a row of releases, oldest first, each made when it is tried."""
    settings = replace(settings, only_as_written=True)
    installs: dict[int, str] = {}
    problems: dict[int, str] = {}

    def observe(at: int) -> Verdict | None:
        one = candidates[at]
        if one.spec is None:
            problems[at] = one.problem
            return None
        report = run_in((case,), [one.spec], None, settings)
        if report.run.interrupted:
            raise KeyboardInterrupt
        verdict = report.verdict(case, one.spec.label)
        if verdict is None:
            problems[at] = problem(report, one) or "the run ended without an observation"
        else:
            installs[at] = " ".join(f"{name}=={version}" for name, version in verdict.environment.packages.items())
        if not silent():
            told = word(kind(verdict)) if verdict else f"not observed: {printable(problems[at], LONGEST)}"
            print(f"{series.package} {one.version}: {told}", file=sys.stderr, flush=True)
        return verdict

    found = search(len(candidates), observe, lambda one, other: not Change(one, other).what)
    result = Bisected(case, series.package, tuple(candidates), found, problems, None)
    if found.before is None or found.after is None:
        return result
    result = replace(result, change=Change(found.seen[found.before], found.seen[found.after]))
    ends = (found.before, found.after)
    return _with_script(result, [installs[at] for at in ends])


def _with_script(result: Bisected, installs: Sequence[str]) -> Bisected:
    """Return the result with the script, or with the reason why there is none."""
    change = result.change
    assert change is not None
    specs = [one.spec for one in result.candidates if str(one.version) in (result.before, result.after) and one.spec]
    try:
        text = reproduced(
            result.case, specs, installs, f"{result.package} {result.before} -> {result.after}: {change.what}"
        )
    except (InputError, HarnessFault) as why:
        return replace(result, unscripted=str(why))
    return replace(result, script=text, unscripted="" if text else "as a script, the layer gives the same in both")
