"""The comparison of two runs: which behaviours changed, whatever their verdicts are.

Cases are matched by their parameters, and several cases with the same parameters by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from ...cases.case import Case
from ...cases.text import count, printable, several
from ..display import page
from ..results.file import SPELLINGS, Environment, Results
from ..verdicts.run import Run
from ..verdicts.verdict import Verdict
from .changes import ADDED, CHANGED, GONE, Change, ChangeCluster, clustered
from .report import Report

FORMAT = 1
SHOWN = 20  # clusters


class Diff:
    """The changes of behaviour from one report to another.

    Environments are matched by their labels. Where each run has a single environment and both use the same adapter,
    these two are matched whatever their labels are.
    """

    def __init__(self, old: Report, new: Report) -> None:
        self.old, self.new = old, new
        self.labels = _matched(old, new)  # from the new labels to the old ones

    def __repr__(self) -> str:
        return f"<Diff: {self.headline}>"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_html(self) -> str:
        """Return the HTML report of the comparison as a complete page."""
        return page(self)

    def lines(self) -> Iterator[str]:
        """Yield the whole comparison as text, line by line: changed packages and facts, notes, headline, changes."""
        for sentence in self.told:
            yield printable(sentence, 500)
        yield self.headline
        for cluster in self.clusters[:SHOWN]:
            yield ""
            yield from self._told(cluster)
        if len(self.clusters) > SHOWN:
            yield f"and {len(self.clusters) - SHOWN} more"
        for name, run in self.runs.items():
            for _, message in run.results.faults:
                yield f"{name}: error: {printable(message, 700)}"

    def _told(self, cluster: ChangeCluster) -> Iterator[str]:
        """Yield the lines of a cluster: what changed, where windows moved, and which environments are unchanged."""
        yield from cluster.lines()
        if cluster.kind == CHANGED and (unmoved := self.unmoved(cluster.example.either.case)):
            yield f"  unchanged in {several([printable(label, 40) for label in unmoved])}"

    @cached_property
    def compared(self) -> list[Change]:
        """Every behaviour of either run, changed or not, in the order of the catalogs and labels."""
        before = [(self._key(verdict), verdict) for verdict in self.old.verdicts]
        after = [(self._key(verdict, self.labels), verdict) for verdict in self.new.verdicts]
        layers, named = dict(before), {(key, old.case.id): old for key, old in before}
        pairs = [Change(named.get((key, new.case.id), layers.get(key)), new) for key, new in after]
        still = {key for key, _ in after}
        every = pairs + [Change(old, None) for key, old in before if key not in still]
        # A port is run only where the layer as written diverges, so a port that is in one run only adds nothing.
        return [change for change in every if change.kind == CHANGED or change.either.spelling == SPELLINGS[0]]

    @cached_property
    def changes(self) -> list[Change]:
        """The behaviours that changed, in the order of :attr:`compared`."""
        return [change for change in self.compared if change.kind != CHANGED or change.what]

    @property
    def unchanged(self) -> int:
        """The number of behaviours that did not change."""
        return len(self.compared) - len(self.changes)

    @cached_property
    def clusters(self) -> list[ChangeCluster]:
        """The changes, clustered by reason."""
        return clustered(self.changes)

    def unmoved(self, case: Case) -> list[str]:
        """Return the environments in which the behaviour of a case did not change."""
        moved = {change.either.environment.label for change in self.changes if change.either.case.key == case.key}
        seen = {change.either.environment.label for change in self.compared if change.either.case.key == case.key}
        return sorted(seen - moved)

    def together(self) -> Report:
        """Return both runs as one report, with a column for each environment of either; see :meth:`column`."""
        results = Results()
        for run in (self.new, self.old):
            for case in run.cases:
                id = self.row(case)
                results.cases.setdefault(id, replace(case, id=id))
            for environment in run.environments:
                label = self.column(run, environment)
                results.environments[label] = replace(environment, label=label)
            for seen in run.results.observations.values():
                label = self.column(run, run.results.environments[seen.environment])
                copy = replace(seen, environment=label, case_id=self.row(run.results.cases[seen.case_id]))
                results.observations[label, copy.case_id, copy.input, copy.spelling] = copy
            results.faults += run.results.faults
        return Report(Run(results, self.new.references))

    def row(self, case: Case) -> str:
        """Return the id of a case where both runs are shown: the id in the newer run, if that has the layer."""
        return self._rows[case.key, case.id]

    @cached_property
    def _rows(self) -> dict[tuple[str, str], str]:
        rows = {(case.key, case.id): case.id for case in self.new.cases}
        layers = dict(reversed(rows))  # the first id of each
        for case in self.old.cases:
            own = f"{case.id} (old)" if case.id in self.new.results.cases else case.id
            rows.setdefault((case.key, case.id), layers.get(case.key, own))
        return rows

    def columns(self, change: Change) -> list[str]:
        """Return the labels of a change's environments where both runs are shown, the earlier run's first."""
        runs = ((self.old, change.old), (self.new, change.new))
        return [self.column(run, verdict.environment) for run, verdict in runs if verdict]

    def marked(self, change: Change) -> list[str]:
        """Return the labels of the columns in which a change is marked: both."""
        return self.columns(change)

    def column(self, run: Report, environment: Environment) -> str:
        """Return the label of an environment where both runs are shown; the earlier of two sorts first."""
        other = self.old if run is self.new else self.new
        by_label = self.labels if run is self.new else {old: new for new, old in self.labels.items()}
        if by_label.get(environment.label, "") not in other.results.environments:
            return environment.label
        return f"{environment.label} ({'later' if run is self.new else 'earlier'})"

    @property
    def packages(self) -> list[str]:
        """The packages whose versions differ, such as ``keras 3.14.1 -> 3.15.1 in keras-torch``."""
        return self._other(lambda environment: environment.packages)

    @property
    def facts(self) -> list[str]:
        """The facts of the environments that differ, such as ``onednn True -> False in tensorflow``."""
        return self._other(lambda environment: environment.facts)

    def _other(self, told: Callable[[Environment], Mapping[str, object]]) -> list[str]:
        found: dict[str, list[str]] = {}
        for environment in self.new.environments:
            earlier = self.old.results.environments.get(self.labels.get(environment.label, ""))
            for name, value in told(environment).items() if earlier else ():
                before = told(earlier).get(name, "none") if earlier else ""
                if before != value:
                    found.setdefault(f"{name} {before} -> {value}", []).append(environment.label)
        return [f"{change} in {several(labels)}" for change, labels in found.items()]

    @property
    def headline(self) -> str:
        """The result of the comparison in one sentence, in numbers of layers."""
        if not self.compared:
            return "Nothing was observed in either run."
        layers = count(len(self._layers(self.compared)), "layer")
        if not self.changes:
            return f"Nothing changed in {layers}."
        told: list[str] = []
        for name in (CHANGED, ADDED, GONE):
            changes = [change for change in self.changes if change.kind == name]
            if changes:
                number = len(self._layers(changes))
                told.append(f"{number} {name}" if told else f"{number} of {layers} {name}")
        loud = any(change.kind == CHANGED and not change.silent for change in self.changes)
        silent = any(change.kind == CHANGED for change in self.changes) and not loud
        return f"{', '.join(told)}.{' Every shape is as before.' if silent else ''}"

    def _layers(self, changes: list[Change]) -> set[str]:
        return {self.row(change.either.case) for change in changes}

    @property
    def notes(self) -> list[str]:
        """The notes on either run that a reader needs to interpret the comparison, without the faults."""
        return [f"{name}: {note}" for name, run in self.runs.items() for note in run.notes]

    @property
    def told(self) -> list[str]:
        """The sentences above the changes: other packages, other facts, and the notes on either run."""
        return [*self.packages, *self.facts, *self.notes]

    @property
    def runs(self) -> dict[str, Report]:
        """The two runs by name."""
        return {"earlier run": self.old, "later run": self.new}

    @property
    def exit_status(self) -> int:
        """0 if nothing changed, 1 if something did, 3 if one of the runs is unreliable according to its own report."""
        if self.old.unreliable or self.new.unreliable:
            return 3
        return 1 if self.changes else 0

    def to_json(self) -> dict[str, Any]:
        """Return the content that ``convparity diff --json`` writes."""
        packages = {new: [_packages(self.old, old), _packages(self.new, new)] for new, old in self.labels.items()}
        return {
            "format": FORMAT,
            "packages": packages,
            "unchanged": self.unchanged,
            "changes": [change.to_json() for change in self.changes],
        }

    @staticmethod
    def _key(verdict: Verdict, labels: dict[str, str] | None = None) -> tuple[str, str, str]:
        label = verdict.environment.label
        return verdict.case.key, (labels or {}).get(label, label), verdict.spelling


def _packages(report: Report, label: str) -> dict[str, str]:
    return report.results.environments[label].packages


def _matched(old: Report, new: Report) -> dict[str, str]:
    one, other = old.environments, new.environments
    if len(one) == len(other) == 1 and one[0].adapter == other[0].adapter:
        return {other[0].label: one[0].label}
    known = {environment.label for environment in one}
    return {environment.label: environment.label for environment in other if environment.label in known}
