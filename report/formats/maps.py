"""The maps of the HTML report: which input elements each output reads along an axis, as few numbers as rebuild them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from ...cases.case import Case
from ...cases.sampling import fit
from ..verdicts.drawn import LARGEST_MAP


class Maps:
    """The distinct maps of all axes."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self._numbers: dict[Hashable, int] = {}

    def of(self, maps: Sequence[np.ndarray], case: Case) -> tuple[int, ...]:
        """Return the number of the map of each axis; empty where one of them is too large to draw."""
        if len(maps) != case.rank or any(indices.size > LARGEST_MAP for indices in maps):
            return ()
        return tuple(self._number(indices, n) for indices, n in zip(maps, case.input, strict=True))

    def _number(self, indices: np.ndarray, n: int) -> int:
        key = (indices.shape, n, indices.tobytes())
        if key not in self._numbers:
            self._numbers[key] = len(self.made)
            self.made.append(_map(indices, n))
        return self._numbers[key]


def _map(indices: np.ndarray, n: int) -> dict[str, Any]:
    """Return a map as the few numbers that rebuild it, where possible; else in full."""
    outputs, taps = indices.shape
    whole = {"outputs": outputs, "taps": taps, "size": n}
    found = fit(indices, n)
    if found is not None and found.before is not None and not found.flipped:
        stride, dilation = found.stride or 1, found.dilation or 1
        places = np.arange(outputs)[:, None] * stride - found.before + np.arange(taps)[None, :] * dilation
        if np.array_equal(np.where((places >= 0) & (places < n), places, -1), indices):
            return {**whole, "before": found.before, "stride": stride, "dilation": dilation}
    return {**whole, "reads": indices.ravel().tolist()}
