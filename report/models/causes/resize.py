"""The mode of a resize, and where it puts the corners."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ..differing import Differing, Fix
from ..resizing import CORNERS, MODES


def candidates(pair: Differing) -> Iterator[Fix]:
    """Yield other modes and corners, those of the original first."""
    if pair.port.kind != "resize":
        return
    mine = (pair.port.settings.get("mode"), pair.port.settings.get("corners"))
    stated = (pair.original.settings.get("mode"), pair.original.settings.get("corners"))
    for mode, corners in [stated, *itertools.product(MODES, CORNERS)]:
        if (mode, corners) != mine:
            told = f"is {mine[0]} with {mine[1]} corners where the original is {mode} with {corners} corners"
            yield Fix("resize", told, {"mode": mode, "corners": corners, "size": list(pair.y.shape[2:])})
