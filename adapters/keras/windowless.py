"""Keras' layers that slide no window: how they are read, and how they are written. ``x`` has its channels last.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    axis_of,
    each,
    groups_of,
    one_or_all,
    pad_mode,
    pairs,
    resized,
    spatial_pads,
)
from . import across_channels, elementwise, older_windowless, rearranging, spelling, writing

MODES = {"nearest": "nearest", "bilinear": "linear", "bicubic": "cubic"}
PADS = ("constant", "reflect", "symmetric")  # the words of keras.ops.pad, and in capitals of tf.pad
WORDS = {"linear": "bilinear", "nearest": "nearest", "cubic": "bicubic"}


def _last(given: Given) -> None:
    if given["axis"] not in (-1, None):
        raise Unread(f"axis: {given['axis']!r} has no answer here; expected -1, the channels")


def _layer_norm(given: Given, sizes: Sizes) -> dict[str, Any]:
    axis, axes = given["axis"], len(sizes) + 1
    if isinstance(axis, (tuple, list)) and len(sizes) > 1:
        if sorted(axis_of(one, axes, "axis") for one in axis) != list(range(1, axes)):
            raise Unread(f"axis: {axis!r} has no answer here; expected -1, the channels, or all axes but the batch")
        return {"epsilon": float(given["epsilon"]), "over": ALL}
    _last(given)
    return {"epsilon": float(given["epsilon"]), "over": CHANNELS}


def _group_norm(given: Given, sizes: Sizes) -> dict[str, Any]:
    _last(given)
    if given["groups"] == -1:  # as many as channels
        return {"kind": "instance_norm", **across_channels.instance_norm(given, sizes)}
    return {"epsilon": float(given["epsilon"]), "groups": groups_of(given["groups"], sizes, "groups")}


def _dense(given: Given, sizes: Sizes) -> dict[str, Any]:
    found = {"outputs": each(given["units"], 1, "units")[0], "bias": given["use_bias"] is not False}
    return {**found, "then": given["activation"]} if given["activation"] else found


def _mode(word: Any) -> dict[str, Any]:
    if word not in MODES:
        raise Unread(f"interpolation: {word!r} has no answer here; expected one of {', '.join(MODES)}")
    return {"mode": MODES[word], "corners": "half-pixel", "a": -0.5}  # half pixels also for nearest, unlike PyTorch


def _upsampled(given: Given, sizes: Sizes) -> dict[str, Any]:
    size, factor = resized(sizes[1:], given["size"], "size")
    return {**_mode(given.get("interpolation", "nearest")), "size": size, "factor": factor, "antialias": False}


def _resized(given: Given, sizes: Sizes) -> dict[str, Any]:
    size = given["size"] if "size" in given else (given["height"], given["width"])
    word = given["method"] if "method" in given else given["interpolation"]
    return {**_mode(word), "size": each(size, 2, "size"), "antialias": bool(given.get("antialias"))}


def _pad(name: str, sign: int) -> Callable[[Given, Sizes], dict[str, Any]]:
    def settings(given: Given, sizes: Sizes) -> dict[str, Any]:
        sides = pairs(given[name], len(sizes) - 1, name)
        return {"pads": tuple((sign * a, sign * b) for a, b in sides), "mode": "constant", "value": 0}

    return settings


def _padded(given: Given, sizes: Sizes) -> dict[str, Any]:
    """Return the settings of tf.pad or keras.ops.pad, which pad every axis."""
    name = "paddings" if "paddings" in given else "pad_width"
    word = given["mode"].lower() if name == "paddings" and isinstance(given["mode"], str) else given["mode"]
    found = {"pads": spatial_pads(given[name], sizes, name), "mode": pad_mode(word, {mode: mode for mode in PADS})}
    return {**found, "value": given["constant_values"] or 0}


_NORM = {"axis": -1, "epsilon": 1e-3}
_GROUPS = {"groups": 32, **_NORM, "center": True, "scale": True}
_TO_SIZE = {"size": REQUIRED, "interpolation": "bilinear", "antialias": False}

READS = {
    "Dense": Windowless("dense", {"units": REQUIRED, "activation": None, "use_bias": True}, _dense),
    "LayerNormalization": Windowless("layer_norm", _NORM, _layer_norm),
    "GroupNormalization": Windowless("group_norm", _GROUPS, _group_norm),
    "Flatten": Windowless("flatten", {}, lambda given, sizes: {"last": True}),
    "Dropout": Windowless("dropout", {"rate": REQUIRED}, lambda given, sizes: {"rate": given["rate"]}),
    **{
        f"SpatialDropout{rank}D": Windowless(
            "channel_dropout", {"rate": REQUIRED}, lambda given, sizes: {"rate": given["rate"]}
        )
        for rank in (1, 2, 3)
    },
    "UpSampling1D": Windowless("resize", {"size": 2}, _upsampled),
    "UpSampling2D": Windowless("resize", {"size": 2, "data_format": None, "interpolation": "nearest"}, _upsampled),
    "UpSampling3D": Windowless("resize", {"size": 2}, _upsampled),
    "Resizing": Windowless(
        "resize", {"height": REQUIRED, "width": REQUIRED, "interpolation": "bilinear", "antialias": False}, _resized
    ),
    "tf.image.resize": Windowless(
        "resize",
        {
            "images": REQUIRED,
            "size": REQUIRED,
            "method": "bilinear",
            "preserve_aspect_ratio": False,
            "antialias": False,
        },
        _resized,
        "images",
    ),
    "ops.image.resize": Windowless("resize", {"images": REQUIRED, **_TO_SIZE}, _resized, "images"),
    "tf.pad": Windowless(
        "pad",
        {"tensor": REQUIRED, "paddings": REQUIRED, "mode": "CONSTANT", "constant_values": 0},
        _padded,
        "tensor",
    ),
    "ops.pad": Windowless(
        "pad",
        {"x": REQUIRED, "pad_width": REQUIRED, "mode": "constant", "constant_values": None},
        _padded,
        "x",
    ),
    **{f"ZeroPadding{rank}D": Windowless("pad", {"padding": 1}, _pad("padding", 1)) for rank in (1, 2, 3)},
    **{f"Cropping{rank}D": Windowless("pad", {"cropping": 1}, _pad("cropping", -1)) for rank in (1, 2, 3)},
    **across_channels.READS,
    **rearranging.READS,
    **elementwise.READS,
    **older_windowless.READS,
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
    if kind in ("dropout", "channel_dropout"):
        return f"layers.{'Dropout' if kind == 'dropout' else f'SpatialDropout{rank}D'}({settings['rate']!r})"
    if kind == "layer_norm" and settings["over"] == ALL and rank:
        return f"layers.LayerNormalization(axis={list(range(1, rank + 2))}, epsilon={settings['epsilon']!r})"
    if kind == "flatten":
        if settings["last"]:
            return "layers.Flatten()"
        axes = tuple(range(1, rank + 1))
        return f"keras.Sequential([layers.Permute({(rank + 1, *axes)}), layers.Flatten()])"
    if kind == "pad":
        return _padding(settings, rank)
    if kind == "resize":
        return _resize(settings, (1, *sizes))
    return writing.layer(spelling.Backend, kind, settings, (1, *sizes), None, bool(settings.get("bias", True)))


def _padding(settings: Mapping[str, Any], rank: int) -> str:
    pads = settings["pads"]
    if settings["mode"] == "constant" and not settings["value"]:
        if all(a <= 0 and b <= 0 for a, b in pads):
            crops = tuple((-a, -b) for a, b in pads)
            return f"layers.Cropping{rank}D({crops if rank > 1 else crops[0]})"
        if all(a >= 0 and b >= 0 for a, b in pads):
            return f"layers.ZeroPadding{rank}D({pads if rank > 1 else pads[0]})"
        return ""
    mode, value = settings["mode"], settings["value"]
    if mode not in ("constant", "reflect") or any(a < 0 or b < 0 for a, b in pads):
        return ""  # "symmetric" repeats the edge on PyTorch, as of Keras 3.15.1
    more = f", constant_values={value!r}" if mode == "constant" else f", mode={mode!r}"
    return f"keras.ops.pad(x, {((0, 0), *pads, (0, 0))}{more})"


def _resize(settings: Mapping[str, Any], shape: Sequence[int]) -> str:
    mode, factor, rank = settings["mode"], settings.get("factor"), len(shape) - 2
    if mode == "cubic":
        return ""  # a = -0.5 or -0.75, by the backend
    alike = settings["corners"] == "half-pixel" or (mode == "nearest" and bool(factor))
    if factor and alike and (rank == 2 or mode == "nearest"):
        more = f", interpolation={WORDS[mode]!r}" if mode != "nearest" else ""
        return f"layers.UpSampling{rank}D({one_or_all(factor)}{more})"
    line = writing.layer(spelling.Backend, "resize", settings, shape, None, True)
    return line[:-1] + ", antialias=True)" if settings.get("antialias") and line else line
