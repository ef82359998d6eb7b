"""Pairs the units of two models: by weights, and in order by kind between those.

Neither names nor the order alone decide. Two sequences of units are aligned so that the most is in common: the kind,
the shape, and above all equal weights. A weight is equal up to the layout, or if each filter is scaled to length
one, which survives a batch norm that was folded into its convolution. All others are paired by weights alone, for
branches that are called in another order, and the rest is unpaired.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .units import WEIGHTED, Graph, Unit

EQUAL, SCALED, SHAPE, KIND, GAP = 6, 4, 1, 2, -1  # the score of a pair, and of a unit without one
NEAR = 1e-4  # how far filters that are scaled to length one may be apart


@dataclass(frozen=True)
class Pairs:
    """Pairs (original, port) in the port's order, and the units of either side that have no pair."""

    pairs: list[tuple[Unit, Unit]]
    only_original: list[Unit]
    only_port: list[Unit]


@dataclass(frozen=True)
class _Print:
    """The properties by which two units are paired."""

    kind: str
    shape: tuple[int, ...]  # of the output, without ones
    kernel: tuple[int, ...]
    equal: bytes
    scaled: np.ndarray | None


def pair(original: Graph, port: Graph, chosen: Mapping[str, str] | None = None) -> Pairs:
    """Return the pairs of the units of two models. ``chosen`` are paths in the original by those in the port."""
    given = _chosen(original, port, chosen or {})
    taken = {unit for both in given for unit in both}
    ours = [unit for unit in original.units if unit not in taken]
    theirs = [unit for unit in port.units if unit not in taken]
    first, second = ([_printed(graph, unit) for unit in units] for graph, units in ((original, ours), (port, theirs)))
    found = _aligned(first, second)
    left = [i for i in range(len(ours)) if i not in {i for i, _ in found}]
    for j in range(len(theirs)):
        if j in {j for _, j in found} or not second[j].equal:
            continue
        same = [i for i in left if first[i].equal == second[j].equal and first[i].kind == second[j].kind]
        if same:
            left.remove(same[0])
            found.append((same[0], j))
    pairs = [*given, *((ours[i], theirs[j]) for i, j in found)]
    matched = {unit for both in pairs for unit in both}
    return Pairs(
        sorted(pairs, key=lambda both: both[1].call.number),
        [unit for unit in original.units if unit not in matched],
        [unit for unit in port.units if unit not in matched],
    )


def _chosen(original: Graph, port: Graph, chosen: Mapping[str, str]) -> list[tuple[Unit, Unit]]:
    found = []
    for theirs, ours in chosen.items():
        firsts = [unit for unit in original.units if unit.call.path == ours]
        found += [
            (first, second)
            for first, second in zip(firsts, (u for u in port.units if u.call.path == theirs), strict=False)
            if first.kind == second.kind
        ]
    return found


def _printed(graph: Graph, unit: Unit) -> _Print:
    shape = tuple(size for size in graph.shape(unit.output) if size != 1)
    main = unit.weights.get("kernel", unit.weights.get("scale"))
    if main is None or unit.kind not in WEIGHTED:
        form = str(unit.settings.get("form", unit.settings.get("axes", ""))).encode()
        return _Print(unit.kind, shape, (), form, None)
    constant = main.size > 1 and bool((main == main.flat[0]).all())  # as a batch norm that was never trained
    equal = b"" if constant else _digest(np.sort(main.reshape(len(main), -1), axis=1) if unit.kind == "dense" else main)
    kernel = main.shape if "kernel" in unit.weights else ()
    return _Print(unit.kind, shape, kernel, equal, _scaled(main) if kernel and not constant else None)


def _digest(array: np.ndarray) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(array, np.float32).tobytes(), digest_size=12).digest()


def _scaled(kernel: np.ndarray) -> np.ndarray:
    """Return a number for each filter, which does not depend on its length and its sign, and tells it from others."""
    filters = kernel.reshape(len(kernel), -1).astype(np.float64)
    length = np.linalg.norm(filters, axis=1, keepdims=True)
    filters = filters / np.where(length > 0, length, 1)
    largest = np.take_along_axis(filters, np.abs(filters).argmax(1)[:, None], 1)
    directions = np.random.RandomState(0).standard_normal(filters.shape[1])
    sketch: np.ndarray = filters * np.where(largest < 0, -1, 1) @ directions
    return sketch


def same_directions(first: _Print, second: _Print) -> bool:
    """Return whether two kernels are equal once each filter is scaled to length one."""
    one, other = first.scaled, second.scaled
    return (
        one is not None and other is not None and one.shape == other.shape and bool(np.allclose(one, other, atol=NEAR))
    )


def _score(first: _Print, second: _Print) -> int | None:
    """Return the score of a pair; None if the two cannot be one."""
    if first.kind != second.kind or sorted(first.kernel) != sorted(second.kernel):
        return None
    score = KIND + (SHAPE if first.shape == second.shape else 0)
    if first.equal and first.equal == second.equal:
        return score + (EQUAL if first.kernel or first.kind in WEIGHTED else SHAPE)
    return score + (SCALED if same_directions(first, second) else 0)


def _aligned(first: list[_Print], second: list[_Print]) -> list[tuple[int, int]]:
    """Return pairs of places, both ascending, that have the most in common (Needleman and Wunsch)."""
    best = np.zeros((len(first) + 1, len(second) + 1), np.int64)
    best[:, 0], best[0] = GAP * np.arange(len(first) + 1), GAP * np.arange(len(second) + 1)
    for i, j in itertools.product(range(len(first)), range(len(second))):
        score = _score(first[i], second[j])
        gaps = max(best[i, j + 1], best[i + 1, j]) + GAP
        best[i + 1, j + 1] = gaps if score is None else max(gaps, best[i, j] + score)
    i, j, found = len(first), len(second), []
    while i and j:
        score = _score(first[i - 1], second[j - 1])
        if score is not None and best[i, j] == best[i - 1, j - 1] + score:
            i, j = i - 1, j - 1
            found.append((i, j))
        elif best[i, j] == best[i - 1, j] + GAP:
            i -= 1
        else:
            j -= 1
    return found[::-1]
