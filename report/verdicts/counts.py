"""The divisors of an average: those requested, and the first of those measured that is another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.operations.pool_axis import PoolAxis

WHOLE = 2**20  # up to this, float32 arithmetic shows a divisor to within a half


def divisors(case: Case, axes: tuple[Axis, ...]) -> list[np.ndarray]:
    """Return the divisors of an average along each axis, at the middle output of the other axes."""
    if case.divisor_override is not None:
        return [np.full(axis.output, case.divisor_override) for axis in axes]
    return by_padding(axes, case.counts_padding)


def by_padding(axes: tuple[Axis, ...], counts_padding: bool) -> list[np.ndarray]:
    """Return the divisors of an average without a divisor of its own, which counts its padding or does not."""
    return _lines([axis.counted(counts_padding) for axis in axes if isinstance(axis, PoolAxis)])


def full_windows(axes: tuple[Axis, ...]) -> list[np.ndarray]:
    """Return the divisors where every window counts as whole."""
    return _lines([np.full(axis.output, axis.kernel) for axis in axes])


def _lines(counts: list[np.ndarray]) -> list[np.ndarray]:
    middle = [count[len(count) // 2] for count in counts]
    return [count * np.prod([m for j, m in enumerate(middle) if j != i]) for i, count in enumerate(counts)]


def first_other(measured: Sequence[Sequence[float]], asked: Sequence[np.ndarray]) -> tuple[int, int] | None:
    """Return the (axis, output) of the first measured divisor that is not the one requested; None where none is."""
    for i, (line, wanted) in enumerate(zip(measured, asked, strict=True)):
        if len(line) == len(wanted):
            (others,) = np.nonzero(np.abs(np.array(line) - wanted) > np.maximum(wanted / WHOLE, 1) / 2)
            if len(others):
                return i, int(others[0])
    return None
