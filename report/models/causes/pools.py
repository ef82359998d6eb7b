"""The value that a pool pads with, and its divisor."""

from __future__ import annotations

from collections.abc import Iterator

from ..differing import Differing, Fix

COUNTS = {True: "counts the padding in its averages", False: "leaves the padding out of its averages"}


def candidates(pair: Differing) -> Iterator[Fix]:
    """Yield the other value of padding, and other divisors."""
    ours, theirs = pair.original.settings, pair.port.settings
    if pair.port.kind == "max_pool":
        value, wanted = theirs.get("value"), None if theirs.get("value") == 0 else 0.0
        if ours.get("value") != value:
            wanted = ours.get("value")
        told = ["minus infinity" if number in (None, float("-inf")) else f"{number:g}" for number in (value, wanted)]
        yield Fix("pool-value", f"pads with {told[0]} where the original pads with {told[1]}", {"value": wanted})
    if pair.port.kind == "avg_pool":
        counts = bool(theirs.get("count_include_pad"))
        changed: dict[str, object] = {"count_include_pad": not counts}
        yield Fix("pool-divisor", f"{COUNTS[counts]} where the original {COUNTS[not counts]}", changed)
        if theirs.get("divisor") != ours.get("divisor"):
            told_ours, told_theirs = (str(side.get("divisor") or "the window's size") for side in (ours, theirs))
            changed = {"divisor": ours.get("divisor")}
            yield Fix("pool-divisor", f"divides by {told_theirs} where the original divides by {told_ours}", changed)
