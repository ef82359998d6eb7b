"""PyTorch's layers that slide no window: how they are read, and how they are written.

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
    one_or_all,
    pad_mode,
    resized,
)
from . import across_channels, elementwise, rearranging, spelling, writing

RESIZES = {"nearest": "nearest", "nearest-exact": "nearest", "bicubic": "cubic"}
HALF, THREE_QUARTERS = -0.5, -0.75  # the parameter of the cubic kernel with and without antialias
LINEAR = ("linear", "bilinear", "trilinear")
PADS = {"constant": "ConstantPad", "reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}


def _resize(given: Given, sizes: Sizes) -> dict[str, Any]:
    mode, aligned = given["mode"], given.get("align_corners")
    if mode not in RESIZES and mode not in LINEAR:
        raise Unread(f"mode: {mode!r} has no answer here; expected one of {', '.join((*RESIZES, *LINEAR))}")
    corners = {"nearest": "asymmetric"}.get(mode, "aligned" if aligned else "half-pixel")
    settings: dict[str, Any] = {"mode": RESIZES.get(mode, "linear"), "corners": corners}
    settings["antialias"] = bool(given.get("antialias"))
    settings["a"] = HALF if settings["antialias"] else THREE_QUARTERS
    if given["size"] is not None:
        return {**settings, "size": each(given["size"], len(sizes) - 1, "size")}
    if given["scale_factor"] is None:
        raise Unread("size or scale_factor: none is given; expected one of them")
    size, factor = resized(sizes[1:], given["scale_factor"], "scale_factor")
    return {**settings, "size": size, "factor": factor}


def _fits(given: Given, name: str, sizes: Sizes) -> None:
    """Raise Unread if a number of channels is not that of the input."""
    number = each(given[name], 1, name)[0]
    if number != sizes[0]:
        raise Unread(f"{name}: {number} does not fit the input, which has {sizes[0]} channels")


def _linear(given: Given, sizes: Sizes) -> dict[str, Any]:
    _fits(given, "in_features", sizes)
    return {"outputs": each(given["out_features"], 1, "out_features")[0], "bias": given["bias"] is not False}


def _pad(mode: str) -> Any:
    def settings(given: Given, sizes: Sizes) -> dict[str, Any]:
        rank = len(sizes) - 1
        flat = each(given["padding"], 2 * rank, "padding")
        sides = list(zip(flat[::2], flat[1::2]))[::-1]  # PyTorch begins with the last axis
        return {"pads": tuple(sides), "mode": mode, "value": given.get("value", 0)}

    return settings


def _pad_of_axes(given: Given, sizes: Sizes) -> dict[str, Any]:
    """Return the settings of F.pad, whose numbers are those of as many axes as they suffice for, the last first."""
    flat = given["pad"] if isinstance(given["pad"], (tuple, list)) else (given["pad"],)
    rank = (len(flat) + 1) // 2
    if rank >= len(sizes):
        raise Unread(f"pad: {flat!r} pads the channels too, and expected were pads of the spatial axes alone")
    flat = each(flat, 2 * rank, "pad")
    last = zip(flat[::2], flat[1::2])
    mode = pad_mode(given["mode"], {word: word for word in PADS})
    rest = ((0, 0),) * (len(sizes) - 1 - rank)
    return {"pads": (*rest, *[*last][::-1]), "mode": mode, "value": given["value"] or 0}


def _layer_norm(given: Given, sizes: Sizes) -> dict[str, Any]:
    shape = given["normalized_shape"]
    found = {"epsilon": float(given["eps"]), "over": CHANNELS}
    if isinstance(shape, (tuple, list)) and len(shape) > 1:
        if tuple(shape) != tuple(sizes):
            expected = f"the channels of the input, {sizes[0]}, or all of its sizes, {tuple(sizes)}"
            raise Unread(f"normalized_shape: {shape!r} has no answer here; expected {expected}")
        return {**found, "over": ALL}
    _fits(given, "normalized_shape", sizes)
    return found


def _group_norm(given: Given, sizes: Sizes) -> dict[str, Any]:
    _fits(given, "num_channels", sizes)
    return {"epsilon": float(given["eps"]), "groups": groups_of(given["num_groups"], sizes, "num_groups")}


_UPSAMPLED = {"size": None, "scale_factor": None}
_RESIZED = {**_UPSAMPLED, "mode": "nearest", "align_corners": None, "recompute_scale_factor": None}
_PAD = {"padding": REQUIRED}


def _fixed(mode: str, aligned: bool) -> Any:
    return lambda given, sizes: _resize({**given, "mode": mode, "align_corners": aligned}, sizes)


READS = {
    "Linear": Windowless(
        "dense",
        {"in_features": REQUIRED, "out_features": REQUIRED, "bias": True},
        _linear,
        channels="in_features",
    ),
    "LayerNorm": Windowless(
        "layer_norm", {"normalized_shape": REQUIRED, "eps": 1e-5}, _layer_norm, channels="normalized_shape"
    ),
    "GroupNorm": Windowless(
        "group_norm",
        {"num_groups": REQUIRED, "num_channels": REQUIRED, "eps": 1e-5},
        _group_norm,
        channels="num_channels",
    ),
    "Flatten": Windowless("flatten", {"start_dim": 1, "end_dim": -1}, lambda given, sizes: {"last": False}),
    "Dropout": Windowless("dropout", {"p": 0.5}, lambda given, sizes: {"rate": given["p"]}),
    "Dropout2d": Windowless("channel_dropout", {"p": 0.5}, lambda given, sizes: {"rate": given["p"]}),
    "Upsample": Windowless("resize", _RESIZED, _resize),
    "UpsamplingNearest2d": Windowless("resize", _UPSAMPLED, _fixed("nearest", False)),
    "UpsamplingBilinear2d": Windowless("resize", _UPSAMPLED, _fixed("bilinear", True)),
    "F.interpolate": Windowless("resize", {"input": REQUIRED, **_RESIZED, "antialias": False}, _resize, "input"),
    "F.pad": Windowless(
        "pad", {"input": REQUIRED, "pad": REQUIRED, "mode": "constant", "value": None}, _pad_of_axes, "input"
    ),
    **{f"ZeroPad{rank}d": Windowless("pad", _PAD, _pad("constant")) for rank in (1, 2, 3)},
    **{
        f"{name}{rank}d": Windowless("pad", {**_PAD, **({"value": REQUIRED} if mode == "constant" else {})}, _pad(mode))
        for mode, name in PADS.items()
        for rank in (1, 2, 3)
    },
    **across_channels.READS,
    **rearranging.READS,
    **elementwise.READS,
}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a layer on an input (C, *spatial); empty if there is none."""
    if kind in ACROSS:
        return across_channels.write(kind, settings, sizes)
    if kind in REARRANGED:
        return rearranging.write(kind, settings, sizes)
    if kind in ELEMENTWISE:
        return elementwise.write(kind, settings, sizes)
    rank, channels = len(sizes) - 1, sizes[0]
    if kind == "layer_norm":
        shape = tuple(sizes) if settings["over"] == ALL else channels
        return f"nn.LayerNorm({shape}, eps={settings['epsilon']!r})"
    if kind in ("dropout", "channel_dropout"):
        return f"nn.Dropout{'' if kind == 'dropout' else f'{rank}d'}({settings['rate']!r})"
    if kind == "flatten":
        axes = ", ".join(map(str, [0, *range(2, rank + 2), 1]))
        return f"x.permute({axes}).flatten(1)" if settings.get("last") else "nn.Flatten()"
    if kind == "pad":
        return _padding(settings, rank)
    if kind == "resize":
        return _resized(settings, (1, *sizes))
    if kind == "dense":
        sizes = sizes[:1]
    return writing.layer(spelling, kind, settings, (1, *sizes), None, bool(settings.get("bias", True)))


def _padding(settings: Mapping[str, Any], rank: int) -> str:
    sides = tuple(side for pair in reversed(settings["pads"]) for side in pair)
    mode, value = settings["mode"], settings["value"]
    if mode not in PADS:
        return ""
    if mode == "constant" and not value:
        return f"nn.ZeroPad{rank}d({one_or_all(sides)})"
    return f"nn.{PADS[mode]}{rank}d({one_or_all(sides)}{f', {value!r}' if mode == 'constant' else ''})"


def _resized(settings: Mapping[str, Any], shape: Sequence[int]) -> str:
    rank, size, factor = len(shape) - 2, settings["size"], settings.get("factor")
    mode, corners, antialias = settings["mode"], settings["corners"], settings.get("antialias")
    if mode == "cubic":
        grows = all(new >= old for new, old in zip(size, shape[2:]))  # where antialias changes nothing but the kernel
        more = "" if settings["a"] == THREE_QUARTERS else ", antialias=True" if antialias or grows else None
        return f"F.interpolate(x, {tuple(size)}, mode='bicubic'{more})" if rank == 2 and more is not None else ""
    if factor and mode == "nearest":
        return f"nn.Upsample(scale_factor={one_or_all(factor)})"
    if mode == "linear" and corners == "asymmetric" and not antialias:
        return _from_corners(size, shape[2:])
    word = writing.MODES["linear"][rank]
    if factor and corners != "asymmetric":
        return f"nn.Upsample(scale_factor={one_or_all(factor)}, mode={word!r}, align_corners={corners == 'aligned'})"
    line = writing.layer(spelling, "resize", settings, shape, None, True)
    return line[:-1] + ", antialias=True)" if antialias and mode == "linear" and line else line


def _from_corners(size: Sequence[int], sizes: Sequence[int]) -> str:
    """Return a linear resize of an image that takes the places i * scale; empty unless it grows by whole factors.

    It has its corners aligned at a size whose steps are those, and repeats the last row and column after that.
    """
    factors = [new // old for new, old in zip(size, sizes)]
    if len(sizes) != 2 or any(new != old * factor for new, old, factor in zip(size, sizes, factors)):
        return ""
    inner = tuple((old - 1) * factor + 1 for old, factor in zip(sizes, factors))
    height, width = (factor - 1 for factor in factors)
    resized = f"F.interpolate(x, {inner}, mode='bilinear', align_corners=True)"
    return f"F.pad({resized}, (0, {width}, 0, {height}), mode='replicate')"
