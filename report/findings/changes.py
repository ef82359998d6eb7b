"""Changes of behaviour: one spelling of one case in one environment, before and after.

A behaviour consists of the verdict, shapes, elements read, dtype and values. Time, logs, error texts and a source that
has the same effect do not belong to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ...cases.arithmetic import AXIS_NAMES
from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.operations.table import operation
from ...cases.sampling import fit_axis
from ...cases.text import printable, several, shape_text
from ..verdicts.axis_difference import AxisDifference
from ..verdicts.explanations import Measured
from ..verdicts.verdict import Verdict, kind, pads_text
from .report import without_numbers
from .words import word

CHANGED, ADDED, GONE = "changed", "added", "gone"


@dataclass(frozen=True)
class Change:
    """One behaviour, before and after; ``old`` is None where it was added, ``new`` where it is gone."""

    old: Verdict | None
    new: Verdict | None

    @property
    def kind(self) -> str:
        """``changed``, ``added`` or ``gone``."""
        if self.old and self.new:
            return CHANGED
        return ADDED if self.new else GONE

    @property
    def either(self) -> Verdict:
        """The newer verdict, or the older one where there is no newer one."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def silent(self) -> bool:
        """Whether no shape changed, so that a shape test passes on both."""
        return bool(self.old and self.new and self.old.observation.shape == self.new.observation.shape)

    @cached_property
    def what(self) -> str:
        """The change in words; for a behaviour that was added or is gone, its verdict."""
        if self.old and self.new:
            return "; ".join(_differences(self.old, self.new))
        return word(kind(self.either))

    def to_json(self) -> dict[str, Any]:
        """Return the entry that ``diff --json`` writes."""
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
    """Changes that belong together: of the same kind and for the same reason, in the same environments."""

    kind: str
    environments: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def example(self) -> Change:
        """The change that stands for the others."""
        return self.changes[0]

    @property
    def cases(self) -> list[Case]:
        """The distinct cases."""
        return list({change.either.case.id: change.either.case for change in self.changes}.values())

    @property
    def silent(self) -> bool:
        """Whether these are changed behaviours under the same shapes."""
        return self.kind == CHANGED and self.example.silent

    def lines(self) -> Iterator[str]:
        """Yield the lines that tell what changed, in the words of the example."""
        change = self.example
        verdict = change.either
        who = several([printable(label, 40) for label in self.environments])
        others = len(self.cases) - 1
        more = f" and {others} more" if others else ""
        spelling = "" if verdict.spelling == "as written" else f" ({verdict.spelling})"
        yield f"{self.kind.upper():8} {who}{spelling}  {verdict.case.describe()}{more}"
        if verdict.observation.source:
            yield f"  {verdict.observation.source}"
        yield f"  {printable(change.what, 600)}"
        if self.silent and verdict.observation.shape:
            yield f"  every shape is {shape_text(verdict.shape)} before and after: a shape test passes on both"


def clustered(changes: Iterable[Change]) -> list[ChangeCluster]:
    """Return changes clustered by reason: silent changes first, then other changes, additions and removals."""
    by_case: dict[tuple[str, str, str, bool], list[Change]] = {}
    for change in changes:
        key = change.either.case.key, change.kind, without_numbers(change.what), change.silent
        by_case.setdefault(key, []).append(change)
    merged: dict[tuple[str, tuple[str, ...], str, bool], list[Change]] = {}
    for (_, name, what, silent), group in by_case.items():
        who = tuple(dict.fromkeys(change.either.environment.label for change in group))
        merged.setdefault((name, who, what, silent), []).extend(group)
    clusters = [ChangeCluster(name, who, tuple(group)) for (name, who, _, _), group in merged.items()]
    order = (CHANGED, ADDED, GONE)
    return sorted(clusters, key=lambda c: (order.index(c.kind), not c.example.silent, -len(c.cases)))


def _differences(old: Verdict, new: Verdict) -> Iterator[str]:
    """Yield the differences between two behaviours, part by part; nothing where they are the same."""
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
        yield "different numbers from the same elements"


def _moved(old: Verdict, new: Verdict) -> Iterator[str]:
    """Yield the other elements that are read, and the places where the windows or outputs lie now."""
    axes = new.reference.axes
    if old.maps is None or new.maps is None or not axes:
        return
    axis_by_axis = zip(AXIS_NAMES[new.case.rank], axes, old.maps, new.maps, strict=True)
    moved = [_axis(name, asked, *maps) for name, asked, *maps in axis_by_axis if not asked.alike(*maps)]
    if not moved:
        return
    before, after = pads_text(old), pads_text(new)
    does = operation(new.case.op).pads_verb
    if before and after and before != after:
        yield f"{does} {before} -> {after}"
    else:
        yield f"reads other elements along the {several([axis.name for axis in moved])}"
    if all(axis.shift for axis in moved):
        yield f"its {moved[0].windows} lie {several([axis.shift_words for axis in moved])} where they did"


def _axis(name: str, asked: Axis, old: np.ndarray, new: np.ndarray) -> AxisDifference:
    """Return the difference from the elements read before, as if those had been requested."""
    before, got = fit_axis(old, asked), fit_axis(new, asked)
    earlier = asked
    if before is not None and before.before is not None and asked.adjoint:
        earlier = replace(asked, before=before.before)
    return Measured(name, earlier, got, len(new), old, new)


def _other_numbers(old: Verdict, new: Verdict) -> bool:
    """Return whether the values differ in a case where they have to be equal."""
    was, now = old.observation, new.observation
    if not (was.digest and now.digest) or was.digest == now.digest:
        return False
    return new.reference.exact or old.verdict == "values" or new.verdict == "values"
