"""The axes of values: where a permutation puts the channels, and what an index crops.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LAST = "channels_last"


def after_permute(layout: str, axes: Sequence[int]) -> str:
    """Return the layout of a value whose axes were put in another order; empty if its channels are in between."""
    rank = len(axes)
    if not layout or rank < 3:
        return ""
    channels = list(axes).index(rank - 1 if layout == LAST else 1)
    return {1: "channels_first", rank - 1: LAST}.get(channels, "")


def exchanged(rank: int, one: int, other: int) -> list[int]:
    """Return the order of axes in which two are exchanged."""
    axes = list(range(rank))
    axes[one], axes[other] = axes[other], axes[one]
    return axes


def moved(rank: int, source: Any, destination: Any) -> list[int]:
    """Return the order of axes after one of them, or some, were moved to other places."""
    froms, tos = ([n % rank for n in ([a] if isinstance(a, int) else a)] for a in (source, destination))
    axes = [axis for axis in range(rank) if axis not in froms]
    for to, axis in sorted(zip(tos, froms)):
        axes.insert(to, axis)
    return axes


def channels_first_places(rank: int) -> list[int]:
    """Return the place that each axis of a value with its channels last has once they are first."""
    return [0, *range(2, rank), 1] if rank > 2 else list(range(rank))


def crop(index: Any, shape: Sequence[int]) -> list[list[int]] | None:
    """Return what an index such as ``x[:, 1:-1]`` leaves out of each axis, as negative pads; None for other indices."""
    given = list(index) if isinstance(index, tuple) else [index]
    if not all(part is Ellipsis or (isinstance(part, slice) and part.step in (None, 1)) for part in given):
        return None
    if Ellipsis in given:
        place = given.index(Ellipsis)
        given[place : place + 1] = [slice(None)] * (len(shape) - len(given) + 1)
    if len(given) > len(shape) or Ellipsis in given:
        return None
    pads = [[0, 0] for _ in shape]
    for axis, part in enumerate(given):
        begin, end, _ = part.indices(int(shape[axis]))
        pads[axis] = [-begin, end - int(shape[axis])]
        if end <= begin:
            return None
    return pads
