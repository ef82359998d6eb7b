"""Layers of TensorFlow 1 and slim that slide no window: how they are read. Sources as for ``older.py``.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..windowless import REQUIRED, Given, Sizes, Windowless, each

INPUTS = {"inputs": REQUIRED}


def _dense(given: Given, sizes: Sizes) -> dict[str, Any]:
    found = {"outputs": each(given["units"], 1, "units")[0], "bias": given["use_bias"] is not False}
    return {**found, "then": given["activation"]} if given["activation"] else found


def _fully_connected(given: Given, sizes: Sizes) -> dict[str, Any]:
    found = {"outputs": each(given["num_outputs"], 1, "num_outputs")[0], "bias": given["normalizer_fn"] is None}
    return {**found, "then": given["activation_fn"]} if given["activation_fn"] else found


def _resized(mode: str) -> Callable[[Given, Sizes], dict[str, Any]]:
    def settings(given: Given, sizes: Sizes) -> dict[str, Any]:
        corners = "aligned" if given["align_corners"] else "half-pixel" if given["half_pixel_centers"] else "asymmetric"
        return {"mode": mode, "corners": corners, "size": each(given["size"], 2, "size"), "antialias": False}

    return settings


def _flatten(given: Given, sizes: Sizes) -> dict[str, Any]:
    return {"last": True}


_RESIZE = {"images": REQUIRED, "size": REQUIRED, "align_corners": False, "half_pixel_centers": False}

READS = {
    "layers.dense": Windowless(
        "dense", {**INPUTS, "units": REQUIRED, "activation": None, "use_bias": True}, _dense, "inputs"
    ),
    "slim.fully_connected": Windowless(
        "dense",
        {**INPUTS, "num_outputs": REQUIRED, "activation_fn": "relu", "normalizer_fn": None},
        _fully_connected,
        "inputs",
    ),
    "layers.flatten": Windowless("flatten", INPUTS, _flatten, "inputs"),
    "slim.flatten": Windowless("flatten", INPUTS, _flatten, "inputs"),
    "layers.dropout": Windowless(
        "dropout", {**INPUTS, "rate": 0.5}, lambda given, sizes: {"rate": given["rate"]}, "inputs"
    ),
    "slim.dropout": Windowless(  # which says what it keeps
        "dropout",
        {**INPUTS, "keep_prob": 0.5},
        lambda given, sizes: {"rate": round(1 - float(given["keep_prob"]), 9)},
        "inputs",
    ),
    "image.resize_bilinear": Windowless("resize", _RESIZE, _resized("linear"), "images"),
    "image.resize_nearest_neighbor": Windowless("resize", _RESIZE, _resized("nearest"), "images"),
}
