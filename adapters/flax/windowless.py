"""Flax' layers that slide no window: how they are read, and how they are written. ``x`` has its channels last.

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
    pad_mode,
    spatial_pads,
)
from . import across_channels, elementwise, rearranging, spelling, writing

MODES = {"nearest": "nearest", "linear": "linear", "bilinear": "linear", "cubic": "cubic", "bicubic": "cubic"}
PADS = {  # the words of jnp.pad
    "constant": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
    "symmetric": "symmetric",
}


def _norm(given: Given, sizes: Sizes) -> dict[str, Any]:
    found = {"epsilon": float(given["epsilon"]), "over": CHANNELS}
    if "num_groups" not in given:
        return found
    return {**found, "groups": groups_of(given["num_groups"], sizes, "num_groups")}


def _dense(given: Given, sizes: Sizes) -> dict[str, Any]:
    return {"outputs": each(given["features"], 1, "features")[0], "bias": given["use_bias"] is not False}


def _resize(given: Given, sizes: Sizes) -> dict[str, Any]:
    shape, word = given["shape"], given["method"]
    if word not in MODES:
        raise Unread(f"method: {word!r} has no answer here; expected one of {', '.join(MODES)}")
    if not isinstance(shape, (tuple, list)) or len(shape) != len(sizes) + 1:
        raise Unread(f"shape: {shape!r} does not fit; expected {len(sizes) + 1} numbers, (N, *spatial, C)")
    size = each(shape[1:-1], len(sizes) - 1, "shape")
    antialias = given["antialias"] is not False
    return {"mode": MODES[word], "corners": "half-pixel", "a": -0.5, "size": size, "antialias": antialias}


def _padded(given: Given, sizes: Sizes) -> dict[str, Any]:
    modes = {word: mode for mode, word in PADS.items()}
    found = {"pads": spatial_pads(given["pad_width"], sizes, "pad_width"), "mode": pad_mode(given["mode"], modes)}
    return {**found, "value": given["constant_values"]}


READS = {
    "Dense": Windowless("dense", {"features": REQUIRED, "use_bias": True}, _dense),
    "LayerNorm": Windowless("layer_norm", {"epsilon": 1e-6}, _norm),
    "GroupNorm": Windowless("group_norm", {"num_groups": 32, "group_size": None, "epsilon": 1e-6}, _norm),
    "Dropout": Windowless("dropout", {"rate": REQUIRED}, lambda given, sizes: {"rate": given["rate"]}),
    "jax.image.resize": Windowless(
        "resize", {"image": REQUIRED, "shape": REQUIRED, "method": REQUIRED, "antialias": True}, _resize, "image"
    ),
    "jnp.pad": Windowless(
        "pad", {"array": REQUIRED, "pad_width": REQUIRED, "mode": "constant", "constant_values": 0}, _padded, "array"
    ),
    **across_channels.READS,
    **rearranging.READS,
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
    if kind == "dropout":
        return f"nn.Dropout({settings['rate']!r}, deterministic=True)"
    if kind == "channel_dropout":
        axes = tuple(range(1, rank + 1))
        return f"nn.Dropout({settings['rate']!r}, broadcast_dims={axes}, deterministic=True)"
    if kind == "layer_norm" and settings["over"] == ALL and rank:
        axes = tuple(range(1, rank + 2))
        return f"nn.LayerNorm(reduction_axes={axes}, feature_axes={axes}, epsilon={settings['epsilon']!r})"
    if kind == "flatten":
        moved = "x" if settings["last"] else "jnp.moveaxis(x, -1, 1)"
        return f"{moved}.reshape((x.shape[0], -1))"
    if kind == "pad":
        return _padding(settings)
    if kind == "resize":
        return _resized(settings, (1, *sizes))
    return writing.layer(spelling, kind, settings, (1, *sizes), None, bool(settings.get("bias", True)))


def _padding(settings: Mapping[str, Any]) -> str:
    pads = settings["pads"]
    if any(a < 0 or b < 0 for a, b in pads):
        inner = ", ".join(f"{max(-a, 0)}:{-max(-b, 0) or ''}" for a, b in pads)
        return f"x[:, {inner}, :]" if all(a <= 0 and b <= 0 for a, b in pads) else ""
    value = f", constant_values={settings['value']!r}" if settings["value"] else ""
    more = value if settings["mode"] == "constant" else f", mode={PADS[settings['mode']]!r}"
    return f"jnp.pad(x, {((0, 0), *pads, (0, 0))}{more})"


def _resized(settings: Mapping[str, Any], shape: Sequence[int]) -> str:
    mode, alike = settings["mode"], settings["corners"] == "half-pixel"
    if not alike and not (mode == "nearest" and settings.get("factor")):
        return ""
    size = f"(x.shape[0], {', '.join(map(str, (*settings['size'], shape[1])))})"
    grows = all(new >= old for new, old in zip(settings["size"], shape[2:]))
    if mode == "cubic" and settings["a"] != -0.5:
        return ""
    more = "" if settings.get("antialias") or mode == "nearest" or grows else ", antialias=False"
    return f"jax.image.resize(x, {size}, {mode!r}{more})"
