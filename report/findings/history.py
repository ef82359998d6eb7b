"""The history of a package's releases: at which of them the behaviour of a case changed.

Each release is an environment of one report. Of each case as written, an observation is compared with the one before
it, which is that of an earlier release where the release between was not observed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...cases.case import Case
from ...cases.errors import DIVERGES, FAULT, INTERRUPTED
from ...cases.text import count, printable, several
from ..display import page
from ..results.file import Environment
from ..verdicts.verdict import Verdict
from .changes import Change, ChangeCluster, clustered
from .report import Report

FORMAT = 1
SHOWN = 20  # clusters of one step
LONGEST = 400  # characters of a problem


@dataclass(frozen=True)
class Release:
    """A release of the package: its version, the label of its environment, and why it could not be observed, if so."""

    version: str
    label: str
    problem: str = ""


@dataclass(frozen=True)
class Step:
    """Two releases, one after the other, and the behaviours that changed between them.

    ``packages`` are the other packages whose versions differ, such as ``numpy 1.26.4 -> 2.0.2``.
    """

    before: Release
    after: Release
    packages: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def title(self) -> str:
        """The two versions, such as ``3.14.1 -> 3.15.1``."""
        return f"{self.before.version} -> {self.after.version}"

    @cached_property
    def clusters(self) -> list[ChangeCluster]:
        """The changes, clustered by reason."""
        return clustered(self.changes)

    @property
    def cases(self) -> int:
        """The number of cases that changed."""
        return len({change.either.case.id for change in self.changes})

    def lines(self) -> Iterator[str]:
        """Yield the changes as text, line by line."""
        yield f"{self.title}: {count(self.cases, 'layer')} changed{self.also}"
        for cluster in self.clusters[:SHOWN]:
            yield from (f"  {line}" for line in cluster.lines())
        if len(self.clusters) > SHOWN:
            yield f"  and {len(self.clusters) - SHOWN} more"

    @property
    def also(self) -> str:
        """The other packages that changed, as the end of a sentence; empty if none did."""
        return f"; other packages too: {', '.join(self.packages)}" if self.packages else ""


class History:
    """The releases of one package, oldest first, and what changed at each of them."""

    def __init__(self, report: Report, package: str, releases: Sequence[Release], strict: bool = False) -> None:
        """``report`` has an environment for each release that was observed.

        With ``strict``, because each release was asked for by name, one that was not observed is an error.
        """
        self.report, self.package, self.releases, self.strict = report, package, tuple(releases), strict

    def __repr__(self) -> str:
        return f"<History: {self.headline}>"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_html(self) -> str:
        """Return the HTML report of the history as a complete page."""
        return page(self)

    @cached_property
    def observed(self) -> list[Release]:
        """The releases that were observed."""
        return [one for one in self.releases if not one.problem and one.label in self.report.results.environments]

    @property
    def missing(self) -> list[Release]:
        """The releases that were not observed, each with its ``problem``."""
        return [one for one in self.releases if one not in self.observed]

    @cached_property
    def changes(self) -> list[Change]:
        """The behaviours that changed, in the order of the releases, and of the catalog."""
        return [change for step in self.steps for change in step.changes]

    @cached_property
    def steps(self) -> list[Step]:
        """The steps at which something changed, oldest first."""
        by_label = {release.label: release for release in self.observed}
        found: dict[tuple[str, str], list[Change]] = {}
        for case in self.report.cases:
            for old, new, change in self._of(case):
                found.setdefault((old, new), []).append(change)
        order = {label: number for number, label in enumerate(by_label)}
        pairs = sorted(found, key=lambda labels: (order[labels[1]], order[labels[0]]))
        return [
            Step(by_label[old], by_label[new], tuple(self._packages(old, new)), tuple(found[old, new]))
            for old, new in pairs
        ]

    def _of(self, case: Case) -> Iterator[tuple[str, str, Change]]:
        """Yield the changes of a case, each after the labels of its two releases."""
        last: Verdict | None = None
        for release in self.observed:
            verdict = self.report.verdict(case, release.label)
            if verdict is None:
                continue
            if last is not None and (change := Change(last, verdict)).what:
                yield last.environment.label, release.label, change
            last = verdict

    def _packages(self, old: str, new: str) -> Iterator[str]:
        """Yield the other packages that changed from one environment to another."""
        before, after = (self._environment(label).packages for label in (old, new))
        for name, version in after.items():
            if name != self.package and before.get(name, version) != version:
                yield f"{name} {before[name]} -> {version}"

    def _environment(self, label: str) -> Environment:
        return self.report.results.environments[label]

    @property
    def clusters(self) -> list[ChangeCluster]:
        """The changes, clustered by reason within each step."""
        return [cluster for step in self.steps for cluster in step.clusters]

    @property
    def changed(self) -> int:
        """The number of cases that changed at least once."""
        return len({change.either.case.id for change in self.changes})

    @property
    def unchanged(self) -> int:
        """The number of cases that did the same in all releases."""
        return len(self.report.cases) - self.changed

    @property
    def headline(self) -> str:
        """The result in one sentence."""
        if len(self.observed) < 2:
            return f"Fewer than two releases of {self.package} were observed, so there is nothing to compare."
        first, last = self.observed[0].version, self.observed[-1].version
        over = f"{count(len(self.observed), 'release')} of {self.package}, {first} to {last}"
        layers = count(len(self.report.cases), "layer")
        if not self.changes:
            return f"Nothing changed in {layers} over {over}."
        at = several(list(dict.fromkeys(step.after.version for step in self.steps)))
        return f"{self.changed} of {layers} changed over {over}: in {at}."

    def lines(self) -> Iterator[str]:
        """Yield the history as text, line by line: the headline, a line for each release, and each step's changes."""
        yield self.headline
        yield from (f"  {line}" for line in self._rows())
        for step in self.steps:
            yield ""
            yield from step.lines()
        for note in self.report.results.notes:
            yield printable(note, 500)
        for message in self.errors:
            yield f"error: {printable(message, 700)}"
        if not self.report.complete:
            yield "the run was stopped before the end; run it again, and it continues"

    def _rows(self) -> Iterator[str]:
        """Yield a line for each release: its version, how many layers changed in it, or why it was not observed."""
        width = max((len(release.version) for release in self.releases), default=0)
        number = {step.after.version: 0 for step in self.steps}
        for step in self.steps:
            number[step.after.version] += step.cases
        first = True
        for release in self.releases:
            if release in self.observed:
                told = f"{count(number[release.version], 'layer')} changed" if release.version in number else "the same"
                told, first = "observed" if first else told, False
            else:
                told = f"not observed: {printable(release.problem or 'the run was stopped', LONGEST)}"
            yield f"{release.version:{width}}  {told}"

    @property
    def told(self) -> list[str]:
        """The sentences above the changes: the releases that were not observed, and other packages that changed."""
        return [
            *(f"{one.version} was not observed: {one.problem or 'the run was stopped'}" for one in self.missing),
            *(f"{step.title}{step.also}" for step in self.steps if step.packages),
            *self.report.results.notes,
        ]

    @property
    def errors(self) -> list[str]:
        """The errors of releases that were observed, at least in part, and observations that contradict each other."""
        seen = {one.label for one in self.observed}
        faults = [message for label, message in self.report.results.faults if label in seen]
        return [*faults, *self.report.results.conflicts]

    def together(self) -> Report:
        """Return the report with a column for each release."""
        return self.report

    def row(self, case: Case) -> str:
        """Return the id of a case, under which the report has it."""
        return case.id

    def columns(self, change: Change) -> list[str]:
        """Return the labels of a change's two releases, the earlier first."""
        return [verdict.environment.label for verdict in (change.old, change.new) if verdict]

    def marked(self, change: Change) -> list[str]:
        """Return the labels of the columns in which a change is marked: that of the later release."""
        return self.columns(change)[-1:]

    @property
    def exit_status(self) -> int:
        """0 if nothing changed, 1 if something did, 3 if fewer than two releases were observed.

        130 if Ctrl-C stopped the run. With ``strict``, 3 also if any release was not observed.
        """
        if self.report.run.interrupted:
            return INTERRUPTED
        doubts = self.errors or not self.report.complete
        if doubts or len(self.observed) < 2 or (self.strict and self.missing):
            return FAULT
        return DIVERGES if self.changes else 0

    def to_json(self) -> dict[str, Any]:
        """Return the content that ``convparity versions --json`` writes."""
        return {
            "format": FORMAT,
            "package": self.package,
            "releases": [
                {
                    "version": one.version,
                    "environment": one.label,
                    "packages": self._environment(one.label).packages if one in self.observed else None,
                    "problem": None if one in self.observed else one.problem or "the run was stopped",
                }
                for one in self.releases
            ],
            "unchanged": self.unchanged,
            "changes": [
                {
                    "case": change.either.case.id,
                    "before": step.before.version,
                    "after": step.after.version,
                    "what": change.what,
                    "silent": change.silent,
                    "old": change.old and change.old.to_json(),
                    "new": change.new and change.new.to_json(),
                }
                for step in self.steps
                for change in step.changes
            ],
        }
