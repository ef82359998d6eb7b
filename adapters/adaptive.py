"""Adaptive pools in frameworks that have none: a pool that slides if its windows are alike, else one slice per window.

Window i of o along n elements starts at floor(i n / o) and ends before ceil((i + 1) n / o). This follows PyTorch's
documentation of its adaptive pools, not ``convparity.cases``, so that a mistake on one side shows as a divergence.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..cases.case import Case, Sizes

Ends = tuple[tuple[int, int], ...]
BY_HAND = 2**10  # windows along one axis above which no port is written


def outputs(case: Case) -> Sizes:
    """Return the output size that an adaptive pool was asked for; 1 along each axis for any other layer."""
    return case.output_size or (1,) * case.rank


def is_global(case: Case) -> bool:
    """Return whether each window of an adaptive pool is the whole input."""
    return set(outputs(case)) == {1}


def ends(case: Case) -> tuple[Ends, ...]:
    """Return the (start, end) of each window along each axis."""
    return tuple(
        tuple((math.floor(i * n / o), math.ceil((i + 1) * n / o)) for i in range(o))
        for n, o in zip(case.input, outputs(case))
    )


def writable(case: Case) -> bool:
    """Return whether the windows of an adaptive pool are few enough to be written out."""
    return max(outputs(case)) <= BY_HAND and min(case.input) > 0


def sliding(case: Case) -> Case | None:
    """Return the pool with a kernel and a stride that has the windows of an adaptive pool; None if none has."""
    if not writable(case):
        return None
    kernel, stride = [], []
    for along, n in zip(ends(case), case.input):
        sizes, steps = {end - start for start, end in along}, {b - a for (a, _), (b, _) in zip(along, along[1:])}
        if len(sizes) > 1 or len(steps) > 1 or steps == {0}:
            return None
        kernel.append(sizes.pop())
        stride.append(steps.pop() if steps else n)
    return replace(case, output_size=None, kernel=tuple(kernel), stride=tuple(stride))


def by_hand(case: Case, stack: str, first: int, reduced: Callable[[str, str, str], str]) -> str:
    """Return source text for the windows of ``x``, each reduced and then stacked along one axis after the other.

    ``stack`` is the name of a function, and ``first`` the first spatial axis. ``reduced`` returns the source text of
    one reduced window from its text, the axes that it is reduced over and the number of its elements.
    """
    names = [("a", "b"), ("c", "d"), ("e", "f")][: case.rank]
    before = ":, " * first
    window = f"x[{before}{', '.join(f'{start}:{end}' for start, end in names)}]"
    count = " * ".join(f"({end} - {start})" for start, end in names)
    text = reduced(window, repr(tuple(range(first, first + case.rank))), count)
    for (start, end), along in zip(reversed(names), reversed(ends(case))):
        text = f"{stack}([{text} for {start}, {end} in {_listed(along)}], {first})"
    return text


def _listed(along: Sequence[tuple[int, int]]) -> str:
    return f"[{', '.join(map(repr, along))}]"
