"""Weights in the wrong place or order: another layer's, mirrored, or with their axes in another order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from ..differing import Differing, Fix
from ..folding import by_filter
from ..numbers import equal, nearly_equal


def digest(weights: np.ndarray) -> bytes:
    """Return a key that equal weights share."""
    return np.ascontiguousarray(weights, np.float32).tobytes() + str(weights.shape).encode()


def candidates(pair: Differing) -> Iterator[Fix]:
    """Yield the original's weights, with the way in which the port's differ from them."""
    same = nearly_equal if pair.original.norm or pair.port.norm else equal
    changed = [name for name, ours in pair.ours.items() if name in pair.theirs and not same(ours, pair.theirs[name])]
    missing = [name for name in pair.ours if name not in pair.theirs and np.any(pair.ours[name])]
    if not changed and not missing:
        return
    for name in (*changed, *missing):
        ours, theirs = _unfolded(name, pair)
        kind, told = ("weights", f"has no {name}") if theirs is None else _told(name, ours, theirs, pair, same)
        other = "" if theirs is None else pair.others.get(digest(theirs), "")
        yield Fix(kind, told, weights=dict(pair.ours), of=other)
        return


def _unfolded(name: str, pair: Differing) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the weights of both sides; kernels as they are before the original's batch norm scales each filter."""
    ours, theirs, first, norm = pair.ours[name], pair.theirs.get(name), pair.original.before_norm, pair.original.norm
    if name != "kernel" or theirs is None or first is None or norm is None or theirs.shape != ours.shape:
        return ours, theirs
    slope = by_filter(first, norm, norm.settings["epsilon"])
    return (first.weights["kernel"], (theirs / slope).astype(theirs.dtype)) if slope.all() else (ours, theirs)


def _told(
    name: str, ours: np.ndarray, theirs: np.ndarray, pair: Differing, same: Callable[[np.ndarray, np.ndarray], bool]
) -> tuple[str, str]:
    axes = tuple(range(2, theirs.ndim))
    for many in range(1, len(axes) + 1):
        for flipped in itertools.combinations(axes, many):
            if same(np.flip(theirs, flipped), ours):
                where = "" if len(flipped) == len(axes) else f" along axis {flipped[0]}"
                return "mirrored", f"has the original's {name} mirrored{where}"
    for order in itertools.permutations(range(theirs.ndim)):
        if order != tuple(range(theirs.ndim)):
            turned = theirs.transpose(order)
            if same(turned, ours):
                return "weights", f"has the original's {name} with its axes in the order {order}"
    if theirs.size == ours.size and same(theirs.ravel(), ours.ravel()):
        return "weights", f"has the original's {name} as {theirs.shape} where it is {ours.shape}"
    for turned in (theirs.reshape(theirs.shape[1], theirs.shape[0], *theirs.shape[2:]),) if theirs.ndim > 1 else ():
        if same(np.moveaxis(turned, 0, 1).reshape(ours.shape), ours):
            return "weights", f"has the original's {name} with in and out channels exchanged"
    for order in itertools.permutations(range(ours.ndim)):
        if theirs.size == ours.size and same(ours.transpose(order).reshape(theirs.shape), theirs):
            return "weights", f"has the original's {name}, stored in the order of axes {order} and only reshaped"
    other = pair.others.get(digest(theirs))
    if other:
        return "weights", f"has the {name} of {other} in the original"
    return "weights", f"has another {name}: they differ by {np.abs(ours - theirs).max():.3g} at most"
