"""Keras' sums of inputs, rescaling and normalization by given numbers: how they are read, and how they are written.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..elementwise import COMBINED, each, inverse, listed, normalize, rescale, text
from ..windowless import REQUIRED, Given, Sizes, Unread, Windowless, axis_of, rounded


def _normalize(given: Given, sizes: Sizes) -> dict[str, Any]:
    if given["axis"] is None or axis_of(given["axis"], len(sizes) + 1, "axis") != len(sizes):
        raise Unread(f"axis: {given['axis']!r} has no answer here; expected -1, the channels")
    if given["invert"] is not False:
        raise Unread("invert: has no answer here; expected False")
    return normalize(given["mean"], given["variance"], sizes, "variance")


def _combine(operation: str) -> Callable[[Given, Sizes], dict[str, Any]]:
    return lambda given, sizes: {"operation": operation}


READS = {
    **{one.capitalize(): Windowless("combine", {}, _combine(one)) for one in COMBINED},
    **{f"layers.{one}": Windowless("combine", {"inputs": REQUIRED}, _combine(one), "inputs") for one in COMBINED},
    "Rescaling": Windowless("rescale", {"scale": REQUIRED, "offset": 0.0}, rescale),
    "Normalization": Windowless("normalize", {"axis": -1, "mean": None, "variance": None, "invert": False}, _normalize),
}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a layer on inputs (C, *spatial)."""
    if kind == "combine":
        return f"layers.{settings['operation'].capitalize()}()([a, b])"
    if kind == "normalize":
        variance = each(settings["deviation"], lambda one: rounded(one * one))
        return f"layers.Normalization(mean={listed(settings['mean'])}, variance={listed(variance)})"
    scale, offset = settings["scale"], settings["offset"]
    told = f"1 / {text(1 / scale)}" if inverse(scale) else listed(scale)
    return f"layers.Rescaling({told}{f', offset={listed(offset)}' if offset else ''})"
