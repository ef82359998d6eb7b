"""Why a line for a softmax, a PReLU, an instance norm or a pixel shuffle is as it is, and what people write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# A softmax over the last axis, as it comes after a dense layer.
AFTER_DENSE = {"torch": "nn.Softmax(dim=-1)", "keras": "layers.Softmax()", "flax": "nn.softmax", "mxnet": "npx.softmax"}
LOSS = "nn.CrossEntropyLoss applies log_softmax itself, so give it what comes before the softmax."
CHANNELS_LAST = ("keras", "flax")
STARTS = {"torch": 0.25, "keras": 0.0, "flax": 0.01, "mxnet": 0.25}  # the slopes of a PReLU before training
ORDERS = {"CRD": "(channel, row, column)", "DCR": "(row, column, channel)"}
EPSILONS = {"torch": 1e-5, "keras": 1e-3, "flax": 1e-6, "mxnet": 1e-5, "onnx": 1e-5}  # of instance norms


def naive(kind: str, settings: Mapping[str, Any], sizes: tuple[int, ...], target: str) -> str:
    """Return the line that people write in PyTorch or Keras where it is another layer; empty where there is none."""
    image = len(sizes) > 1
    if kind == "softmax" and settings["axis"] == 1 and image:
        log = settings["log"]
        keras = "keras.ops.log_softmax(x, axis=1)" if log else "layers.Softmax(axis=1)"
        return {"torch": f"nn.{'Log' if log else ''}Softmax(dim=-1)", "keras": keras}.get(target, "")
    if kind == "concat" and settings["axis"] == 1 and image:
        return {"torch": "torch.cat([a, b], dim=-1)", "keras": "layers.Concatenate(axis=1)([a, b])"}.get(target, "")
    if kind == "prelu":
        return {"torch": "nn.PReLU()", "keras": "layers.PReLU()"}.get(target, "")
    if kind == "instance_norm" and image:
        keras = "layers.GroupNormalization(groups=-1)"
        return {"torch": f"nn.InstanceNorm{len(sizes) - 1}d({sizes[0]})", "keras": keras}.get(target, "")
    if kind in ("depth_to_space", "space_to_depth"):
        block, order = settings["block"], settings["order"]
        if target == "torch" and order == "DCR":
            return f"nn.{'PixelShuffle' if kind == 'depth_to_space' else 'PixelUnshuffle'}({block})"
        return f"keras.ops.{kind}(x, {block})" if target == "keras" and order == "CRD" else ""
    return ""


def why(
    kind: str, settings: Mapping[str, Any], sizes: tuple[int, ...], source: str, target: str, titles: Mapping[str, str]
) -> Iterator[str]:
    """Yield the sentences about a layer between the frameworks of two folders."""
    one, other = titles[source], titles[target]
    if kind == "softmax":
        yield from _softmax(settings, sizes, source, target, titles)
    elif kind == "concat":
        yield from _concat(settings, sizes, source, target, titles)
    elif kind == "prelu":
        yield from _prelu(settings, sizes, source, target, titles)
    elif kind == "instance_norm":
        yield from _instance_norm(settings, target)
    elif kind in ("depth_to_space", "space_to_depth"):
        yield from _shuffle(kind, settings, source, target, one, other)
    elif kind == "response_norm":
        yield from _response(settings, source, target)


def _softmax(
    settings: Mapping[str, Any], sizes: tuple[int, ...], source: str, target: str, titles: Mapping[str, str]
) -> Iterator[str]:
    axis, moved = settings["axis"], (source in CHANNELS_LAST) != (target in CHANNELS_LAST)
    if axis == 0 and source == "torch":
        yield "It goes along axis 0, the batch; without dim, PyTorch takes that axis of three."
    elif axis == 1 and moved and len(sizes) > 1:
        last, first = (titles[source], titles[target]) if source in CHANNELS_LAST else (titles[target], titles[source])
        yield (
            f"It goes over the channels, which are the last axis, -1, in {last}, and axis 1 in {first}. "
            "Both axes give the same shape."
        )
    elif axis > 1 and moved:
        yield f"It goes along a spatial axis: {axis} with the channels first, {axis - 1} with the channels last."
    if target == "torch" and not settings["log"]:
        yield LOSS


def _concat(
    settings: Mapping[str, Any], sizes: tuple[int, ...], source: str, target: str, titles: Mapping[str, str]
) -> Iterator[str]:
    axis, moved = settings["axis"], (source in CHANNELS_LAST) != (target in CHANNELS_LAST)
    if axis == 1 and moved and len(sizes) > 1:
        last, first = (titles[source], titles[target]) if source in CHANNELS_LAST else (titles[target], titles[source])
        yield f"It joins the channels, which are the last axis, -1, in {last}, and axis 1 in {first}."
    elif axis > 1 and moved:
        yield f"It joins along a spatial axis: {axis} with the channels first, {axis - 1} with the channels last."
    elif axis == 0:
        yield "It joins along axis 0, the batch, which is what torch.cat does without dim."
    if axis and target == "torch":
        yield "Without dim, torch.cat joins along axis 0, the batch."


def _prelu(
    settings: Mapping[str, Any], sizes: tuple[int, ...], source: str, target: str, titles: Mapping[str, str]
) -> Iterator[str]:
    own, rank, slope = tuple(settings["own"]), len(sizes) - 1, settings["slope"]
    which = {(): "one slope for all elements", (1,): "one slope for each channel"}.get(
        own, "a slope for each place" if 1 not in own else "a slope for each element"
    )
    has = {
        "torch": "PyTorch's PReLU has one slope, or one for each channel with nn.PReLU(C)",
        "mxnet": "MXNet's PReLU has one slope, or one for each channel with in_channels=C",
        "flax": "Flax' PReLU has one slope for all elements",
        "keras": "Keras' PReLU has a slope for each element without shared_axes",
    }
    usual = {"keras": tuple(range(1, rank + 2))}.get(target, ())  # those that it has without arguments
    if target != "onnx" and own != usual:
        yield f"{has[target]}, where the line has {which}."
    if target in ("torch", "mxnet", "flax") and not set(own) <= {1} and source == "keras":
        axes = list(range(1, rank + 1))
        yield f"To have one slope for each channel in both, train the Keras layer with shared_axes={axes}."
        return
    if target in STARTS and STARTS[target] != slope:
        yield f"Its slopes start at {STARTS[target]:g} by default, where the line's start at {slope:g}."
    if target == "onnx":
        shape = tuple(size if axis in own else 1 for axis, size in enumerate(sizes, 1))
        yield f"The slope is an input of the shape {shape}; the line has {which}, which start at {slope:g}."
    elif own == (1,) and (source in CHANNELS_LAST) != (target in CHANNELS_LAST) and target != "flax":
        kept = {True: f"({'1, ' * rank}{sizes[0]})", False: f"({sizes[0]},)"}
        if rank:
            here, there = kept[source in CHANNELS_LAST], kept[target in CHANNELS_LAST]
            yield f"{titles[source]} keeps the slopes as {here} and {titles[target]} as {there}: reshape them."


def _instance_norm(settings: Mapping[str, Any], target: str) -> Iterator[str]:
    epsilon, scale, shift = (settings[name] for name in ("epsilon", "scale", "shift"))
    if target == "mxnet":
        yield "nn.InstanceNorm of MXNet 1.9.1 refuses the arrays of its NumPy interface."
        return
    if EPSILONS[target] != epsilon:
        yield f"Its epsilon is {EPSILONS[target]:g} by default, where the line means {epsilon:g}."
    if target == "torch" and (scale or shift):
        yield "It has no weight and no bias without affine=True; the line trains them."
    if target == "torch" and scale != shift:
        yield f"affine=True has both, where the line has the {'weight' if scale else 'bias'} only."
    if target in CHANNELS_LAST and not (scale and shift):
        yield "It trains a scale and an offset by default, where the line does not have both."
    if target == "onnx" and not (scale and shift):
        yield "Its scale and bias are inputs: give ones and zeros for those that the line does not have."


def _shuffle(kind: str, settings: Mapping[str, Any], source: str, target: str, one: str, other: str) -> Iterator[str]:
    order = settings["order"]
    differs = {"torch": "DCR", "keras": "CRD"}.get(target) == order
    if target == "onnx" and kind == "depth_to_space":
        yield f"Mode {order} counts the channels as {ORDERS[order]}, as the line does; the default is DCR."
        return
    if target == "onnx" and order == "CRD":
        yield f"SpaceToDepth counts the channels as {ORDERS['DCR']}, so the nodes after it reorder them."
        return
    if not differs:
        if target in ("flax", "mxnet"):
            yield f"{other} has no such layer; the line counts the channels of a block as {ORDERS[order]}."
        return
    words = {
        ("torch", "depth_to_space"): "nn.PixelShuffle",
        ("torch", "space_to_depth"): "nn.PixelUnshuffle",
        ("keras", "depth_to_space"): "depth_to_space",
        ("keras", "space_to_depth"): "space_to_depth",
    }
    theirs = "CRD" if order == "DCR" else "DCR"
    name = words[(target, kind)]
    yield (
        f"{one} counts the channels of a block as {ORDERS[order]}, and {name} of {other} as {ORDERS[theirs]}: "
        "the shapes are the same, and the pixels are others."
    )
    where = "before it" if kind == "depth_to_space" else "after it"
    yield f"The line reorders the channels {where}. Or reorder the kernel and the bias of the layer {where}."
    if target == "keras":
        yield f"Older versions of Keras have no keras.ops.{kind}; tf.nn.{kind} has the same order."


def _response(settings: Mapping[str, Any], source: str, target: str) -> Iterator[str]:
    size = settings["size"]
    divides = ("torch", "onnx", "mxnet")
    if size % 2 == 0 and target != "torch":
        if target != "flax":
            yield f"Its window has an odd number of channels there, and the line's has {size}."
        return
    if source == "keras" and target in divides:
        radius = size // 2
        yield f"A depth_radius of {radius} is a size of 2 * {radius} + 1, and there alpha is divided by the size."
    elif source in divides and target == "keras":
        yield f"A size of {size} is a depth_radius of {size // 2}, and there alpha is not divided by the size."
        yield "It is a function of TensorFlow, so Keras needs TensorFlow as its backend."
    elif source in divides and target == "flax":
        yield "JAX has no such layer; alpha is divided by the size, as PyTorch does."
