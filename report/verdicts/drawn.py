"""The elements that a layer reads along its axes, worked out, as few numbers as the pages' drawing needs.

``app/src/payload.ts`` documents a map. ``formats/maps.py`` makes the same ones of measurements.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ...cases.operations.axis import Axis
from ...cases.operations.conv_transpose import TransposedAxis
from ...cases.operations.pool_axis import PoolAxis

LARGEST_MAP = 2**15  # entries of a map that is drawn


def maps(axes: Sequence[Axis], mirrored: bool = False) -> list[dict[str, Any]]:
    """Return the map of each axis; none where one of them is too large to draw.

    Where every window of an axis lies in padding, nothing is read along the others either.
    """
    if any(axis.output * axis.kernel > LARGEST_MAP for axis in axes):
        return []
    unread = any(all(index < 0 for o in range(axis.output) for index in axis.reads(o)) for axis in axes)
    return [_map(axis, mirrored, unread) for axis in axes]


@lru_cache(32)  # the axes of a layer are often alike, in all frameworks
def _map(axis: Axis, mirrored: bool, unread: bool) -> dict[str, Any]:
    whole = {"outputs": axis.output, "taps": axis.kernel, "size": axis.n}
    slides = type(axis) in (Axis, PoolAxis) and axis.mode == "zeros" and axis.after >= 0
    if slides and not mirrored and not unread:
        return {**whole, "before": axis.before, "stride": axis.stride, "dilation": axis.dilation}
    if isinstance(axis, TransposedAxis) and not any(axis.around) and not unread:
        crop, dilation = axis.before, axis.dilation
        if mirrored:
            crop, dilation = crop - dilation * (axis.kernel - 1), -dilation
        return {**whole, "crop": crop, "stride": axis.stride, "dilation": dilation}
    step = -1 if mirrored else 1
    reads = [-1 if unread else index for o in range(axis.output) for index in axis.reads(o)[::step]]
    return {**whole, "reads": reads}
