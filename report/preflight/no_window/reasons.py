"""Why a line for a layer without a window is as it is, in sentences, and the line that people write instead.

The facts were measured: Keras 3.15 with TensorFlow 2.21, JAX 0.10 and PyTorch 2.13, on the same random input.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ....adapters.dressed import BY_FOLDER
from ....adapters.dressing import plain, written
from ....adapters.windowless import ACROSS, ALL, ELEMENTWISE, REARRANGED, one_order
from ..defaults import NOUNS, TITLES, table
from . import across_channels, elementwise, rearranged

KERNELS = {"keras": "(in, out)", "flax": "(in, out)", "torch": "(out, in)", "mxnet": "(out, in)", "onnx": "(out, in)"}
FRAMEWORKS = {**TITLES, "onnx": "ONNX"}
HALF = -0.5  # the parameter of the cubic kernel in TensorFlow and JAX
CHANNELS_LAST = ("keras", "flax")


def naive(kind: str, settings: Mapping[str, Any], sizes: tuple[int, ...], framework: str) -> str:
    """Return the line that people write where it is another layer; empty where there is none."""
    if kind in ACROSS:
        return across_channels.naive(kind, settings, sizes, framework)
    if kind in REARRANGED:
        return rearranged.naive(kind, settings, sizes, framework)
    if kind in ELEMENTWISE:
        return elementwise.naive(kind, settings, framework)
    if framework != "torch":
        return ""
    if kind == "layer_norm":
        shape = tuple(sizes) if settings["over"] == ALL else sizes[0]
        return f"nn.LayerNorm({shape})" if _other_default(kind, settings, framework) else ""
    if kind == "group_norm":
        other = _other_default(kind, settings, framework)
        return f"nn.GroupNorm({settings['groups']}, {sizes[0]})" if other else ""
    if kind == "flatten":
        return "nn.Flatten()" if settings["last"] and not one_order(sizes) else ""
    if kind != "resize":
        return ""
    size, mode = tuple(settings["size"]), settings["mode"]
    if mode == "nearest" and not settings.get("factor") and settings["corners"] == "half-pixel":
        return f"F.interpolate(x, {size})"
    return f"F.interpolate(x, {size}, mode='bicubic')" if mode == "cubic" and settings["a"] == HALF else ""


def why(kind: str, settings: Mapping[str, Any], sizes: tuple[int, ...], source: str, target: str) -> Iterator[str]:
    """Yield the sentences about a layer between the frameworks of two folders."""
    one, other = FRAMEWORKS[source], FRAMEWORKS[target]
    if kind in ACROSS:
        yield from across_channels.why(kind, settings, sizes, source, target, FRAMEWORKS)
    elif kind in REARRANGED:
        yield from rearranged.why(kind, settings, sizes, source, target, FRAMEWORKS)
    elif kind in ELEMENTWISE:
        yield from elementwise.why(kind, settings, target)
    elif kind in ("layer_norm", "group_norm"):
        yield from _norm(kind, settings, sizes, source, target)
    elif kind == "dense":
        if settings.get("then"):
            yield from _activation(settings["then"], source, target)
        if KERNELS[source] != KERNELS[target]:
            yield f"{one} keeps the kernel as {KERNELS[source]} and {other} as {KERNELS[target]}: transpose it."
    elif kind == "flatten" and not one_order(sizes) and (source in CHANNELS_LAST) != (target in CHANNELS_LAST):
        order = "last" if settings["last"] else "first"
        yield (
            f"{one} flattens an image with its channels {order}, so the layer after it expects its inputs in that "
            f"order. Or flatten as {other} does, and reorder the kernel of the layer after it."
        )
    elif kind == "pad" and target == "torch" and len(sizes) > 2:
        yield "PyTorch lists the sides of the last axis first: left, right, top, bottom."
    elif kind == "pad" and source == "torch" and len(sizes) > 2:
        yield f"PyTorch lists the sides of the last axis first, {other} those of the first."
    elif kind == "resize" and source != target:
        yield from _resize(settings, sizes, source, target)
    elif kind.endswith("dropout"):
        yield "This is the same layer. It acts in training only."


def _norm(kind: str, settings: Mapping[str, Any], sizes: tuple[int, ...], source: str, target: str) -> Iterator[str]:
    framework = "onnxruntime" if target == "onnx" else target
    default = _other_default(kind, settings, framework)
    if default:
        yield f"Its epsilon is {default:g} by default, where the line means {settings['epsilon']:g}."
    if kind == "layer_norm" and settings["over"] == ALL and len(sizes) > 1:
        if target == "mxnet":
            yield "nn.LayerNorm of MXNet goes along one axis."
        elif (source in CHANNELS_LAST) != (target in CHANNELS_LAST):
            kept = [f"with the channels {'last' if one in CHANNELS_LAST else 'first'}" for one in (source, target)]
            yield (
                f"It goes over all axes but the batch. {FRAMEWORKS[source]} keeps its weights {kept[0]}, and "
                f"{FRAMEWORKS[target]} {kept[1]}: transpose them."
            )
        return
    if kind == "layer_norm" and target == "torch" and len(sizes) > 1:
        last = ", ".join(map(str, [0, *range(2, len(sizes) + 1), 1]))
        yield f"It normalizes the last axis, so move the channels there before it, with x.permute({last})."
    if kind == "group_norm" and target == "mxnet":
        yield "nn.GroupNorm of MXNet 1.9.1 refuses the arrays of its NumPy interface."
    if kind == "layer_norm" and target == "onnx" and len(sizes) > 1:
        yield f"ONNX' {NOUNS[kind]} takes all axes from one on, and the channels are not the last."


def _other_default(kind: str, settings: Mapping[str, Any], framework: str) -> float:
    """Return a framework's default of the epsilon where the line has another one; 0 where it is the same."""
    rows = [row.value for row in table() if (row.kind, row.framework) == (kind, framework)]
    same = not rows or math.isclose(rows[0], settings["epsilon"], rel_tol=1e-6)
    return 0.0 if same else float(rows[0])


def _activation(name: Any, source: str, target: str) -> Iterator[str]:
    reads = BY_FOLDER[source].reads.get(plain(str(name)))
    found = reads.activation(reads.default) if reads else None
    if plain(str(name)) == "softmax" and target in across_channels.AFTER_DENSE:
        yield f"Its activation comes after it: {across_channels.AFTER_DENSE[target]}."
        if target == "torch":
            yield across_channels.LOSS
        return
    if found and found.kind in BY_FOLDER[target].writes:
        yield f"Its activation comes after it: {written(found, BY_FOLDER[target].writes)}."
    elif str(name) != "linear":
        yield f"Its activation, {name}, comes after it, and is not translated here."


def _resize(settings: Mapping[str, Any], sizes: tuple[int, ...], source: str, target: str) -> Iterator[str]:
    mode, corners = settings["mode"], settings["corners"]
    whole = all(new % old == 0 for new, old in zip(settings["size"], sizes[1:], strict=False))
    if mode == "nearest":
        if whole:
            yield "It repeats each element, as here."
        elif corners == "asymmetric":
            yield "PyTorch's nearest takes the element floor(i * scale); the others take floor((i + 0.5) * scale)."
        elif target == "torch":
            yield "Mode 'nearest' takes the element floor(i * scale), where the line takes floor((i + 0.5) * scale)."
    elif mode == "linear" and corners == "aligned":
        yield "align_corners=True puts the corner pixels on each other; TensorFlow 2, Keras and JAX have no such form."
    elif mode == "linear" and corners == "asymmetric":
        yield "The line takes the place i * scale, as TensorFlow 1 did by default; others take (i + 0.5) * scale - 0.5."
        if target == "torch" and whole:
            yield "With the corners aligned, and the edge repeated after that, it is the same."
    elif mode == "linear" and target == "torch":
        yield "align_corners=False, which is the default, puts the pixels' edges on each other, as the line does."
    elif mode == "cubic":
        yield "The cubic kernel has a = -0.5 in TensorFlow and JAX, and -0.75 in PyTorch unless antialias=True."
        if target == "torch" and source != "torch" and not whole:
            yield "TensorFlow rounds the kernel's weights to a table, so the numbers are about 0.002 apart."
        if "keras" in (source, target):
            yield "In Keras it depends on the backend: on PyTorch a is -0.75."
