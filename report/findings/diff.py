"""Run against run: what behaves otherwise than it did, whatever the verdicts say.

Cases are matched by their parameters, and among several of the same, by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from ...cases.case import Case
from ...cases.text import printable, several, shape_text
from ..display import page
from ..results.file import SPELLINGS, Environment, Results
from ..verdicts.run import Run
from ..verdicts.verdict import Verdict
from .changes import ADDED, CHANGED, GONE, Change, ChangeCluster
from .report import Report, without_numbers

FORMAT = 1
SHOWN = 20  # clusters


class Diff:
    """What became of the behaviours of one report in another.

    Environments are matched by their labels; two runs of one environment each, of one adapter, by being the only ones.
    """

    def __init__(self, old: Report, new: Report) -> None:
        self.old, self.new = old, new
        self.labels = _matched(old, new)  # from the new labels to the old ones

    def __repr__(self) -> str:
        return f"<Diff: {self.headline}>"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_html(self) -> str | None:
        """Return the HTML report of the comparison, a page of its own."""
        return page(self)

    def lines(self) -> Iterator[str]:
        """Yield the whole comparison as text, line by line: what changed first."""
        for change in (*self.packages, *self.facts):
            yield printable(change, 300)
        for note in self.notes:
            yield printable(note, 500)
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
        """What changed, what moved and where to, and in which environments it did not."""
        change = cluster.example
        verdict = change.either
        who = several([printable(label, 40) for label in cluster.environments])
        others = len(cluster.cases) - 1
        more = f" and {others} more" if others else ""
        spelling = "" if verdict.spelling == "as written" else f" ({verdict.spelling})"
        yield f"{cluster.kind.upper():8} {who}{spelling}  {verdict.case.describe()}{more}"
        if verdict.observation.source:
            yield f"  {verdict.observation.source}"
        yield f"  {printable(change.what, 600)}"
        if cluster.kind == CHANGED and change.silent and verdict.observation.shape:
            yield f"  every shape is {shape_text(verdict.shape)} before and after: a test of shapes passes on both"
        if cluster.kind == CHANGED and (unmoved := self.unmoved(verdict.case)):
            yield f"  unchanged in {several([printable(label, 40) for label in unmoved])}"

    @cached_property
    def compared(self) -> list[Change]:
        """Every behaviour of either run, changed or not, in the order of the catalogs and the labels."""
        before = [(self._key(verdict), verdict) for verdict in self.old.verdicts]
        after = [(self._key(verdict, self.labels), verdict) for verdict in self.new.verdicts]
        layers, named = dict(before), {(key, old.case.id): old for key, old in before}
        pairs = [Change(named.get((key, new.case.id), layers.get(key)), new) for key, new in after]
        still = {key for key, _ in after}
        every = pairs + [Change(old, None) for key, old in before if key not in still]
        # A port is run where the layer as written diverges: that there is one in one run only says no more.
        return [change for change in every if change.kind == CHANGED or change.either.spelling == SPELLINGS[0]]

    @cached_property
    def changes(self) -> list[Change]:
        """What is not as it was, in the order of :attr:`compared`."""
        return [change for change in self.compared if change.kind != CHANGED or change.what]

    @property
    def unchanged(self) -> int:
        """How many behaviours are as they were."""
        return len(self.compared) - len(self.changes)

    @cached_property
    def clusters(self) -> list[ChangeCluster]:
        """The changes, those of one reason in one: what changed silently first, then what changed, added, gone."""
        by_case: dict[tuple[str, str, str, bool], list[Change]] = {}
        for change in self.changes:
            key = change.either.case.key, change.kind, without_numbers(change.what), change.silent
            by_case.setdefault(key, []).append(change)
        merged: dict[tuple[str, tuple[str, ...], str, bool], list[Change]] = {}
        for (_, name, what, silent), group in by_case.items():
            who = tuple(dict.fromkeys(change.either.environment.label for change in group))
            merged.setdefault((name, who, what, silent), []).extend(group)
        clusters = [ChangeCluster(name, who, tuple(group)) for (name, who, _, _), group in merged.items()]
        order = (CHANGED, ADDED, GONE)
        return sorted(clusters, key=lambda c: (order.index(c.kind), not c.example.silent, -len(c.cases)))

    def unmoved(self, case: Case) -> list[str]:
        """The environments in which a case does as it did."""
        moved = {change.either.environment.label for change in self.changes if change.either.case.key == case.key}
        seen = {change.either.environment.label for change in self.compared if change.either.case.key == case.key}
        return sorted(seen - moved)

    def together(self) -> Report:
        """Both runs as one, with a column for each environment of either; see :meth:`column`."""
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
        """What a case of one of the runs is called where both are shown: as the newer has the layer, if it does."""
        return self._rows[case.key, case.id]

    @cached_property
    def _rows(self) -> dict[tuple[str, str], str]:
        rows = {(case.key, case.id): case.id for case in self.new.cases}
        layers = dict(reversed(rows))  # the first id of each
        for case in self.old.cases:
            own = f"{case.id} (old)" if case.id in self.new.results.cases else case.id
            rows.setdefault((case.key, case.id), layers.get(case.key, own))
        return rows

    def column(self, run: Report, environment: Environment) -> str:
        """What an environment of one of the runs is called where both are shown, the earlier one sorted first."""
        other = self.old if run is self.new else self.new
        by_label = self.labels if run is self.new else {old: new for new, old in self.labels.items()}
        if by_label.get(environment.label, "") not in other.results.environments:
            return environment.label
        return f"{environment.label} ({'later' if run is self.new else 'earlier'})"

    @property
    def packages(self) -> list[str]:
        """The packages whose versions differ: ``keras 3.14.1 -> 3.15.1 in keras-torch``."""
        return self._other(lambda environment: environment.packages)

    @property
    def facts(self) -> list[str]:
        """What else the environments say otherwise of themselves: ``onednn True -> False in tensorflow``."""
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
        """What the comparison says, in one sentence."""
        counts = {name: sum(change.kind == name for change in self.changes) for name in (CHANGED, ADDED, GONE)}
        parts = [f"{count} {name}" for name, count in counts.items() if count]
        if not self.compared:
            return "Nothing was observed in either run."
        return f"{', '.join(parts) or 'Nothing changed'}, {self.unchanged} as before."

    @property
    def notes(self) -> list[str]:
        """What a reader has to know of either run before believing the comparison, but for the faults."""
        return [f"{name}: {note}" for name, run in self.runs.items() for note in run.notes]

    @property
    def runs(self) -> dict[str, Report]:
        """The two runs by what they are called."""
        return {"older run": self.old, "newer run": self.new}

    @property
    def exit_status(self) -> int:
        """0 nothing changed; 1 something did; 3 one of the runs cannot be relied on, as its own report says."""
        if self.old.unreliable or self.new.unreliable:
            return 3
        return 1 if self.changes else 0

    def to_json(self) -> dict[str, Any]:
        """What ``convparity diff --json`` writes."""
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
