"""The part of an axis that is drawn, the same for the sides that are compared, as the HTML report chooses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .reads import Along

ROOM = 26  # cells of an axis that is drawn whole
LEAST = 16  # cells of a part


@dataclass(frozen=True)
class Span:
    """The first place that is drawn, and the one after the last; ``cut`` says whether the axis goes on at each end."""

    start: int
    stop: int
    cut: tuple[bool, bool] = (False, False)

    def holds(self, place: int) -> bool:
        """Return whether a place is drawn."""
        return self.start <= place < self.stop


def span(both: Sequence[Along], outputs: Sequence[int]) -> Span:
    """Return all of an axis where it has room; else the places that the outputs read, in the middle of a part."""
    ends = [one.extent for one in both]
    low, high = min(start for start, _ in ends), max(stop for _, stop in ends)
    if high - low <= ROOM:
        return Span(low, high)
    windows = [one.windows[output] for one in both for output in outputs if output < len(one.windows)]
    places = [place for window in windows for place in window if place is not None] or [0]
    first, used = min(places), max(places) - min(places) + 1
    part = min(max(ROOM, used + 2), max(3 * used, LEAST), high - low)
    start = min(max(first - max((part - used) // 2, 0), low), high - part)
    return Span(start, start + part, (start > low, start + part < high))
