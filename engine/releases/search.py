"""Searches a row of releases for two neighbours of which the later one behaves otherwise, by halving.

The behaviours need not change only once, and some releases may not be observable. What holds at every moment, and so
in the end, is that the earlier of the two behaves as the oldest release does, and the later one does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Found(Generic[Seen]):
    """The result of a search, by positions in the row.

    ``before`` behaves as ``first`` does, and ``after`` does not; no release between these two can be observed. Both
    are None where ``first`` and ``last``, the outermost observed releases, behave alike, or fewer than two releases
    can be observed. ``seen`` is everything that was observed, None for what could not be.
    """

    first: int | None
    last: int | None
    before: int | None
    after: int | None
    seen: dict[int, Seen | None]


def search(number: int, observe: Callable[[int], Seen | None], alike: Callable[[Seen, Seen], bool]) -> Found[Seen]:
    """Return where the behaviour changes in a row of so many releases.

    ``observe`` returns the behaviour of a release, or None if it cannot be observed; it is called once for each that is
    tried, which are the two ends and about log2(number) more. ``alike`` compares two behaviours.
    """
    seen: dict[int, Seen | None] = {}

    def nearest(low: int, high: int, middle: int) -> int | None:
        """Return the release nearest to a middle that can be observed, both bounds included; None if there is none."""
        for at in sorted(range(low, high + 1), key=lambda at: abs(at - middle)):
            if at not in seen:
                seen[at] = observe(at)
            if seen[at] is not None:
                return at
        return None

    first = nearest(0, number - 1, 0)
    last = None if first is None else nearest(first + 1, number - 1, number - 1)
    if first is None or last is None:
        return Found(first, last, None, None, seen)

    def as_at_first(at: int) -> bool:
        was, now = seen[first], seen[at]
        assert was is not None
        assert now is not None
        return alike(was, now)

    if as_at_first(last):
        return Found(first, last, None, None, seen)
    before, after = first, last
    while (middle := nearest(before + 1, after - 1, (before + after) // 2)) is not None:
        before, after = (middle, after) if as_at_first(middle) else (before, middle)
    return Found(first, last, before, after, seen)
