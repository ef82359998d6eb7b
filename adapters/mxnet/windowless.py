"""Gluon's layers that slide no window: how they are read, and how they are written.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..windowless import (
    ACROSS,
    ALL,
    CHANNELS,
    ELEMENTWISE,
    REARRANGED,
    REQUIRED,
    Given,
    Sizes,
    Unread,
    Windowless,
    each,
    groups_of,
)
from . import across_channels, elementwise, rearranging, spelling, writing


def _norm(given: Given, sizes: Sizes) -> dict[str, Any]:
    found = {"epsilon": float(given["epsilon"]), "over": CHANNELS}
    if "num_groups" not in given:
        return found
    return {**found, "groups": groups_of(given["num_groups"], sizes, "num_groups")}


def _dense(given: Given, sizes: Sizes) -> dict[str, Any]:
    if given["flatten"] is not False and len(sizes) > 1:
        raise Unread("flatten: with flatten=True, Gluon's Dense flattens its input first; ask about nn.Flatten as well")
    found = {"outputs": each(given["units"], 1, "units")[0], "bias": given["use_bias"] is not False}
    return {**found, "then": given["activation"]} if given["activation"] else found


READS = {
    "Dense": Windowless("dense", {"units": REQUIRED, "activation": None, "use_bias": True, "flatten": True}, _dense),
    "LayerNorm": Windowless("layer_norm", {"axis": -1, "epsilon": 1e-5}, _norm),
    "GroupNorm": Windowless("group_norm", {"num_groups": 1, "epsilon": 1e-5}, _norm),
    "Flatten": Windowless("flatten", {}, lambda given, sizes: {"last": False}),
    "Dropout": Windowless("dropout", {"rate": REQUIRED}, lambda given, sizes: {"rate": given["rate"]}),
}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a layer on an input (C, *spatial); empty if there is none."""
    if kind in ACROSS:
        return across_channels.write(kind, settings, sizes)
    if kind in REARRANGED:
        return rearranging.write(kind, settings, sizes)
    if kind in ELEMENTWISE:
        return elementwise.write(kind, settings, sizes)
    rank = len(sizes) - 1
    if kind == "layer_norm" and settings["over"] == ALL and rank:
        return ""  # its axis is one
    if kind == "layer_norm":
        return f"nn.LayerNorm(axis=1, epsilon={settings['epsilon']!r})"
    if kind == "group_norm":
        return ""  # MXNet 1.9.1's GroupNorm refuses NumPy arrays
    if kind == "dropout":
        return f"nn.Dropout({settings['rate']!r})"
    if kind == "channel_dropout":
        return f"nn.Dropout({settings['rate']!r}, axes={tuple(range(2, rank + 2))})"
    if kind == "flatten":
        axes = ", ".join(map(str, [0, *range(2, rank + 2), 1]))
        return f"x.transpose({axes}).reshape(x.shape[0], -1)" if settings["last"] else "nn.Flatten()"
    if kind == "pad":
        pads, plain = settings["pads"], settings["mode"] == "constant" and not settings["value"]
        if plain and all(a >= 0 and b >= 0 for a, b in pads):
            return f"np.pad(x, {((0, 0), (0, 0), *pads)})"
        return ""  # np.pad of MXNet 1.9.1 pads with 0 only
    if kind == "resize":
        return _repeated(settings, rank)
    return writing.layer(spelling, kind, settings, (1, *sizes), None, bool(settings.get("bias", True)))


def _repeated(settings: Mapping[str, Any], rank: int) -> str:
    factor = settings.get("factor")
    if settings["mode"] != "nearest" or not factor:
        return ""
    line = "x"
    for axis, times in enumerate(factor, 2):
        line = f"np.repeat({line}, {times}, axis={axis})" if times > 1 else line
    return line
