"""Run against run: what behaves otherwise than it did, whatever the verdicts say.

A behaviour is what one spelling of one case did in one environment: verdict, shapes, elements read, dtype, values.
Time, logs, error texts and a source that amounts to the same are none of it. Cases are matched by their parameters,
and among several of the same, by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..cases.arithmetic import AXIS_NAMES, Axis, Invalid, TransposedAxis
from ..cases.case import Case
from ..cases.sampling import fit_axis
from ..cases.text import several, shape_text
from .assessment import Report, without_numbers
from .explanations import AxisDifference
from .pads import pads_text
from .results import SPELLINGS, Environment, Results
from .verdicts import Verdict, kind
from .words import word

FORMAT = 1
CHANGED, ADDED, GONE = "changed", "added", "gone"


@dataclass(frozen=True)
class Change:
    """One behaviour, before and after; one of them is None where it is gone or was added."""

    old: Verdict | None
    new: Verdict | None

    @property
    def kind(self) -> str:
        """``changed``, ``added`` or ``gone``."""
        return CHANGED if self.old and self.new else ADDED if self.new else GONE

    @property
    def either(self) -> Verdict:
        """The newer of the two that there is."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def silent(self) -> bool:
        """Whether every shape stayed as it was, so that a test of shapes passes on both."""
        return bool(self.old and self.new and self.old.observation.shape == self.new.observation.shape)

    @cached_property
    def what(self) -> str:
        """What changed, in words; of what was added or is gone, what it does or did."""
        if self.old and self.new:
            return "; ".join(_differences(self.old, self.new))
        return word(kind(self.either))

    def to_json(self) -> dict[str, Any]:
        """The entry of ``diff --json``."""
        return {
            "kind": self.kind,
            "case": self.either.case.id,
            "environment": self.either.environment.label,
            "spelling": self.either.spelling,
            "what": self.what,
            "old": self.old and self.old.to_json(),
            "new": self.new and self.new.to_json(),
        }


@dataclass(frozen=True)
class ChangeCluster:
    """Changes that are one: the same kind for the same reason, in the same environments."""

    kind: str
    environments: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def example(self) -> Change:
        """The change that stands for the others."""
        return self.changes[0]

    @property
    def cases(self) -> list[Case]:
        """The cases, each once."""
        return list({change.either.case.id: change.either.case for change in self.changes}.values())


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
        from .terminal_diff import lines

        return "\n".join(lines(self))

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
        return Report(results, self.new.references)

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


def _differences(old: Verdict, new: Verdict) -> Iterator[str]:
    """What differs between two behaviours, one part after the other; nothing where they are the same."""
    was, now = old.observation, new.observation
    if kind(old) != kind(new):
        yield f"{word(kind(old))} -> {word(kind(new))}"
    elif old.misdeclares != new.misdeclares:
        yield "misdeclares now" if new.misdeclares else "no longer misdeclares"
    if was.shape != now.shape:
        yield f"shape {shape_text(was.shape)} -> {shape_text(now.shape)}"
    moved = list(_moved(old, new))
    yield from moved
    if was.dtype != now.dtype and was.dtype and now.dtype:
        yield f"returns {was.dtype} -> {now.dtype}"
    if (old.misdeclares or new.misdeclares) and was.declared != now.declared:
        yield f"declares {shape_text(was.declared)} -> {shape_text(now.declared)}"
    if was.shape == now.shape and not moved and _other_numbers(old, new):
        yield "other numbers from the same elements"


def _moved(old: Verdict, new: Verdict) -> Iterator[str]:
    """Which other elements are read, and where that puts windows or outputs."""
    axes = new.reference.axes
    if old.maps is None or new.maps is None or isinstance(axes, Invalid):
        return
    axis_by_axis = zip(AXIS_NAMES[new.case.rank], axes, old.maps, new.maps, strict=True)
    moved = [_axis(name, asked, *maps) for name, asked, *maps in axis_by_axis if not asked.alike(*maps)]
    if not moved:
        return
    before, after = pads_text(old), pads_text(new)
    does = "crops" if new.case.op == "conv_transpose" else "pads"
    if before and after and before != after:
        yield f"{does} {before} -> {after}"
    else:
        yield f"reads other elements along the {several([axis.name for axis in moved])}"
    if all(axis.shift for axis in moved):
        yield f"its {moved[0].windows} lie {several([axis.shift_words for axis in moved])} where they did"


def _axis(name: str, asked: Axis, old: np.ndarray, new: np.ndarray) -> AxisDifference:
    """The difference from what was read before, as if that had been asked for."""
    before, got = fit_axis(old, asked), fit_axis(new, asked)
    earlier = asked
    if before is not None and before.before is not None and isinstance(asked, TransposedAxis):
        earlier = replace(asked, before=before.before)
    return AxisDifference(name, earlier, got, len(new), old, new)


def _other_numbers(old: Verdict, new: Verdict) -> bool:
    """Whether the values differ where only the same ones will do."""
    was, now = old.observation, new.observation
    if not (was.digest and now.digest) or was.digest == now.digest:
        return False
    return new.reference.exact or old.verdict == "values" or new.verdict == "values"
