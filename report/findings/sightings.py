"""Rows of a run that nothing explains: a framework against its twins, its model, or, where it has none, the reference.

Twins are environments that have no right to differ: the backends of one library, or several versions of a framework.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...adapters.registry import NAMES, folder
from ...cases.case import Case
from ...cases.text import first_line
from ..policy.gate import disagreements
from ..verdicts.verdict import Verdict, kind
from .report import Report, cause_of, without_numbers

DEATHS = ("crashed", "timed out", "out of memory")  # which no convention explains
UNTOLD = ("inexpressible", "unproven")  # of these, nothing was seen that a framework does
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")  # names of types and layers in errors
KERAS = "Exception encountered when calling"

Rows = dict[tuple[str, str], Verdict]  # by case id and environment label


@dataclass(frozen=True)
class Sighting:
    """A row as written that nothing explains, the kind and cause of it, and the twins that do otherwise.

    The cause has no numbers. The kind is that of the verdict, or ``misdeclares`` where a model explains the verdict.
    """

    row: Verdict
    kind: str
    cause: str
    twins: tuple[str, ...] = ()

    @property
    def case(self) -> Case:
        """The layer."""
        return self.row.case

    @property
    def label(self) -> str:
        """The label of the environment."""
        return self.row.environment.label

    @property
    def key(self) -> tuple[str, str, str]:
        """The operation, the kind of verdict and the cause, which are the same where the same thing is seen again."""
        return self.case.op, self.kind, self.cause

    @property
    def needs_twins(self) -> bool:
        """Whether only the twins show that something is wrong."""
        return not _strange(self.row)


def twins(adapters: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Return the groups of environments that have no right to differ, from (label, adapter) pairs."""
    groups: dict[str, list[str]] = {}
    for label, adapter in adapters:
        groups.setdefault(folder(adapter) or adapter, []).append(label)
    return [tuple(labels) for labels in groups.values() if len(labels) > 1]


def sightings(report: Report, groups: Iterable[Sequence[str]]) -> Iterator[Sighting]:
    """Yield the rows of a run that nothing explains; those that differ from their twins come first."""
    rows = {(row.case.id, row.environment.label): row for row in report.verdicts if _seen(row)}
    apart: dict[tuple[str, str], tuple[str, ...]] = {}
    for group in groups:
        for id in dict.fromkeys(id for id, _ in rows):
            apart |= {(id, label): others for label, others in _apart(rows, group, id)}
    for key, others in apart.items():
        yield _sighting(report, rows[key], others)
    for key, row in rows.items():
        if key not in apart and _strange(row):
            yield _sighting(report, row, ())


def seen_again(report: Report, groups: Iterable[Sequence[str]], case: Case, one: Sighting) -> Sighting | None:
    """Return the sighting of the same thing in another layer of a run, in the same environment; None if there is none.

    This is quicker than to look for all sightings, as most layers do not even have the same verdict.
    """
    row = report.verdict(case, one.label)
    if row is None or not _seen(row) or (kind(row) != one.kind and one.kind != "misdeclares"):
        return None
    group = next((group for group in groups if one.label in group), ())
    found = {(case.id, label): report.verdict(case, label) for label in group}
    others = dict(_apart({key: each for key, each in found.items() if each and _seen(each)}, group, case.id))
    if one.label not in others and not _strange(row):
        return None
    again = _sighting(report, row, others.get(one.label, ()))
    return again if again.key == one.key else None


def _sighting(report: Report, row: Verdict, others: tuple[str, ...]) -> Sighting:
    if others or row.verdict in DEATHS or not row.misdeclares or _unexplained(row):
        return Sighting(row, kind(row), _cause(report, row), others)
    return Sighting(row, "misdeclares", "declares another shape")


def _seen(row: Verdict) -> bool:
    """Return whether a row shows what the line that a person would write does."""
    return row.spelling == "as written" and row.verdict not in UNTOLD


def _apart(rows: Rows, group: Sequence[str], id: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the labels of the twins that differ in a case from others, each with those that do otherwise."""
    of_case = {(id, label): rows[id, label] for label in group if (id, label) in rows}
    for found in disagreements(group, of_case):
        for part in _wrong(found.parts):
            others = tuple(row.environment.label for other in found.parts if other is not part for row in other)
            yield from ((row.environment.label, others) for row in part)


def _wrong(parts: Sequence[Sequence[Verdict]]) -> Sequence[Sequence[Verdict]]:
    """Return the sides of a disagreement that diverge from the reference; if all do, all but the largest one."""
    wrong = [part for part in parts if part[0].diverges]
    if 0 < len(wrong) < len(parts):
        return wrong
    return [part for part in parts if part is not max(parts, key=len)]


def _strange(row: Verdict) -> bool:
    """Return whether a row is strange by itself."""
    declares = row.misdeclares and row.observation.outcome == "ran"
    return row.verdict in DEATHS or declares or _unexplained(row)


def _unexplained(row: Verdict) -> bool:
    """Return whether the verdict of a row is not that of its framework's model or, without one, not agreement."""
    return bool(row.unforeseen) if row.environment.adapter in NAMES else row.diverges


def _cause(report: Report, row: Verdict) -> str:
    """Return the cause of a row, without numbers, names of types, and places."""
    divergence = report.divergence(row)
    if divergence is None:
        return "not as predicted"
    if row.verdict in ("shifted", *DEATHS):
        return ""
    if row.verdict == "rejects":
        return QUOTED.sub("'...'", without_numbers(_error(row.observation.error)))
    return QUOTED.sub("'...'", without_numbers(cause_of(divergence)))


def _error(text: str) -> str:
    """Return the line that says what went wrong: Keras puts one before it that names the layer."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return first_line("\n".join(lines[1:] if lines and KERAS in lines[0] and len(lines) > 1 else lines))
