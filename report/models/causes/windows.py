"""Pads and crops on the wrong side or in the wrong number, and the ceil mode of pools."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ....adapters.models.kinds import TRANSPOSED
from ....cases.arithmetic import AXIS_NAMES
from ....cases.text import several, shape_text
from ..differing import Differing, Fix

POOLS = ("max_pool", "avg_pool")
NEAR = 3  # how far pads are searched from those that were read


def candidates(pair: Differing) -> Iterator[Fix]:
    """Yield other pads and the other ceil mode, those of the original first."""
    ours, theirs = pair.original.settings, pair.port.settings
    if "pads" not in theirs or len(theirs["pads"]) != len(ours.get("pads", ())):
        return
    if pair.port.kind in POOLS:
        word = "has" if theirs.get("ceil") else "leaves out"
        told = f"{word} a last window that is not full, where the original does not"
        yield Fix("ceil", told, {"ceil": not theirs.get("ceil")})
    verb = "crops" if pair.port.kind == TRANSPOSED else "pads"
    for pads in _likely(ours["pads"], theirs["pads"]):
        settings = {"pads": pads}
        if pair.port.kind == TRANSPOSED and pads == ours["pads"]:
            settings["output_padding"] = ours["output_padding"]
        yield Fix("pads", f"{verb} {_words(theirs['pads'])} where the original {verb} {_words(pads)}", settings)


def _likely(ours: list[list[int]], theirs: list[list[int]]) -> Iterator[list[list[int]]]:
    """Yield pads per axis, at first the original's, then those that are the same along all axes."""
    if ours != theirs:
        yield ours
    for before, after in itertools.product(range(NEAR + 1), repeat=2):
        pads = [[before, after] for _ in theirs]
        if pads not in (ours, theirs):
            yield pads


def _words(pads: list[list[int]]) -> str:
    if all(pair == pads[0] for pair in pads):
        return shape_text(pads[0])
    names = AXIS_NAMES.get(len(pads), tuple(map(str, range(len(pads)))))
    return several([f"{shape_text(pair)} along the {name}" for name, pair in zip(names, pads, strict=True)])
