"""Shrinks sightings to the smallest layers that still show them, many at a time.

Each round runs all simpler layers of all sightings in one batch. A shrinker that takes one step after another, such as
Hypothesis's, would wait for a run of every single layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..cases.case import Case
from ..cases.catalog.variations import Change, changed, simpler
from ..report.findings.sightings import DEATHS, Sighting, seen_again
from .observing import Observer, apart

ROUNDS = 40  # at most; layers of a few numbers need ten
Groups = Sequence[tuple[str, ...]]


def shrunk(found: Sequence[Sighting], observer: Observer, groups: Groups, more: Callable[[], bool]) -> list[Sighting]:
    """Return sightings of the same things in layers that cannot be made simpler; as simple as they are if time is up.

    ``groups`` are the twins, and ``more`` says whether there is time for another round.
    """
    now = list(found)
    left = {i: simpler(one.case) for i, one in enumerate(now)}  # the steps to try, the boldest first
    for _ in range(ROUNDS):
        if not left or not more():
            break
        steps = {i: _cases(now[i], bolder.pop(0)) for i, bolder in left.items()}
        asked: dict[Case, tuple[str, ...]] = {}
        for i, cases in steps.items():
            for case in cases:
                asked[case] = (*asked.get(case, ()), *where(now[i], groups))
        report = observer.observe(asked)
        for i, cases in steps.items():
            tried = [(seen_again(report, groups, case, now[i]), change) for case, change in cases.items()]
            showing = [(one, change) for one, change in tried if one]
            if showing:
                now[i] = showing[0][0]
                bold, *rest = simpler(now[i].case)
                left[i] = [[_all_of(change for _, change in showing), *bold], *rest]
        left = {i: bolder for i, bolder in left.items() if bolder}
    return now


def where(one: Sighting, groups: Groups) -> tuple[str, ...]:
    """Return the labels of the environments that have to run a layer to see whether it shows the same."""
    return next((group for group in groups if one.label in group and one.needs_twins), (one.label,))


def _cases(one: Sighting, changes: Iterable[Change]) -> dict[Case, Change]:
    """Return the layers that changes make; where they may end their process, each is run in one of its own."""
    dies = one.row.verdict in DEATHS
    made = ((changed(one.case, change), change) for change in changes)
    return {(apart(case) if dies else case): change for case, change in made if case and case.key != one.case.key}


def _all_of(changes: Iterable[Change]) -> Change:
    """Return the change that makes several at once: the first of each field."""
    union: dict[str, object] = {}
    rank: set[int] = set()
    for change in changes:
        if "input" in change:
            rank.add(len(change["input"]))
        if not union.keys() & change.keys() and len(rank) < 2:
            union.update(change)
    return union
