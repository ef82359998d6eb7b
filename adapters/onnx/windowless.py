"""ONNX' nodes that slide no window: how they are written. Lines of ONNX are read as nodes with windows only.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..windowless import ACROSS, ALL, ELEMENTWISE, REARRANGED, Windowless
from . import across_channels, elementwise, rearranging, spelling, writing

READS: Mapping[str, Windowless] = {}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the nodes of a layer on an input (C, *spatial); empty if there are none."""
    if kind in ACROSS:
        return across_channels.write(kind, settings, sizes)
    if kind in REARRANGED:
        return rearranging.write(kind, settings, sizes)
    if kind in ELEMENTWISE:
        return elementwise.write(kind, settings, sizes)
    rank = len(sizes) - 1
    if kind == "flatten":
        flat = "helper.make_node('Flatten', ['{}'], ['y'])"
        if not settings["last"]:
            return flat.format("x")
        moved = f"helper.make_node('Transpose', ['x'], ['moved'], perm={[0, *range(2, rank + 2), 1]})"
        return f"[{moved}, {flat.format('moved')}]"
    if kind == "layer_norm" and rank and settings["over"] == ALL:
        return writing.layer(spelling, kind, {**settings, "axes": [1]}, (1, *sizes), None, True)
    if kind == "layer_norm" and rank:
        return ""  # it normalizes all axes from one on, and the channels come first
    if kind == "resize" and (settings["mode"] == "cubic" or settings.get("antialias")):
        return ""
    if kind == "resize" and settings["mode"] == "nearest" and settings.get("factor"):
        settings = {**settings, "corners": "asymmetric"}
    if kind == "layer_norm":
        settings = {**settings, "axes": [-1]}
    return writing.layer(spelling, kind, settings, (1, *sizes), None, bool(settings.get("bias", True)))
