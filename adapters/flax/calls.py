"""The description of each module and function of Flax and JAX, in the terms of a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...cases.operations import Op
from ..models.layouts import channels_first_places, crop, exchanged, moved
from ..models.recorder import Told
from .kernels import of_transposed
from .windows import steps

RESIZES = {"bilinear": "linear", "triangle": "linear", "trilinear": "linear", "bicubic": "cubic"}
Weights = Mapping[str, np.ndarray]
FORMS = {
    "relu": "relu",
    "relu6": "relu6",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "silu": "silu",
    "swish": "silu",
    "hard_swish": "hardswish",
    "hard_silu": "hardswish",
    "hard_sigmoid": "hardsigmoid",
    "softplus": "softplus",
    "mish": "mish",
    "selu": "selu",
}


def of_module(module: Any, x: Any, weights: Weights) -> Told:
    """Return the description of a module of linen on an input, with its weights."""
    name = type(module).__name__
    return MODULES[name](module, x, weights) if name in MODULES else Told()


def of_function(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Told:
    """Return the description of a function of ``flax.linen``, ``jax.nn`` or ``jax.numpy``, or of an operator."""
    name = name.strip("_")
    if name in FORMS:
        return _form(FORMS[name])
    return FUNCTIONS[name](args, kwargs) if name in FUNCTIONS else Told()


def _form(form: str, **parameters: Any) -> Told:
    return Told("activation", {"form": form, "parameters": parameters})


def _kernel(module: Any, weights: Weights) -> np.ndarray:
    """Return the kernel that a convolution computes with, (*size, in, out), less what its mask leaves out."""
    mask = getattr(module, "mask", None)
    return weights["kernel"] if mask is None else weights["kernel"] * np.asarray(mask)


def _conv(module: Any, x: Any, weights: Weights) -> Told:
    kernel = np.moveaxis(_kernel(module, weights), (-1, -2), (0, 1))
    found = steps("conv", module.padding, x, kernel.shape[2:], module.strides, module.kernel_dilation)
    settings = {**found, "groups": int(module.feature_group_count)}
    named = {"kernel": np.ascontiguousarray(kernel), "bias": weights.get("bias")}
    return Told("conv", settings, named, [x], "channels_last")


def _conv_transpose(module: Any, x: Any, weights: Weights) -> Told:
    """Return the description of a transposed convolution; one that wraps its output around is none."""
    if module.padding == "CIRCULAR":
        return Told()
    kernel = of_transposed(_kernel(module, weights), bool(module.transpose_kernel))
    found = steps("conv_transpose", module.padding, x, kernel.shape[2:], module.strides, module.kernel_dilation)
    named = {"kernel": kernel, "bias": weights.get("bias")}
    return Told("conv_transpose", {**found, "groups": 1}, named, [x], "channels_last")


def _dense(module: Any, x: Any, weights: Weights) -> Told:
    kernel = np.ascontiguousarray(weights["kernel"].T)
    return Told("dense", {}, {"kernel": kernel, "bias": weights.get("bias")}, [x])


def _norm(kind: str) -> Callable[[Any, Any, Weights], Told]:
    def read(module: Any, x: Any, weights: Weights) -> Told:
        settings: dict[str, Any] = {"epsilon": float(module.epsilon)}
        named = {"scale": weights.get("scale"), "shift": weights.get("bias")}
        if kind == "batch_norm":
            later = {"momentum": float(module.momentum)}
            named.update(mean=weights.get("mean"), variance=weights.get("var"))
            return Told(kind, settings, named, [x], "channels_last", later)
        if kind == "layer_norm":
            settings["axes"] = [-1]
            return Told(kind, settings, named, [x])
        return Told(kind, {**settings, "groups": int(module.num_groups)}, named, [x], "channels_last")

    return read


def _pool(op: Op) -> Callable[[Any, Any], Told]:
    def read(args: Any, kwargs: Any) -> Told:
        given = {**dict(zip(("inputs", "window_shape", "strides", "padding", "count_include_pad"), args)), **kwargs}
        x = given["inputs"]
        found = steps(op, given.get("padding", "VALID"), x, given["window_shape"], given.get("strides"))
        settings: dict[str, Any] = {**found, "ceil": False}
        if op == "avg_pool":
            settings.update(count_include_pad=bool(given.get("count_include_pad", True)), divisor=None)
        return Told(op, settings, inputs=[x], layout="channels_last")

    return read


def _gelu(args: Any, kwargs: Any) -> Told:
    approximate = kwargs.get("approximate", args[1] if len(args) > 1 else True)
    return _form("gelu_tanh" if approximate else "gelu")


def _mean(args: Any, kwargs: Any) -> Told:
    x, axis = args[0], kwargs.get("axis", args[1] if len(args) > 1 else None)
    chosen = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    last = [0, *range(2, x.ndim), 1] if x.ndim > 3 else list(range(x.ndim))  # the places of our axes
    return Told("mean", {"axes": sorted(last[a % x.ndim] for a in chosen)}, inputs=[x])


def _reshape(args: Any, kwargs: Any) -> Told:
    return Told("reshape", inputs=[args[0]])


def _transposed(args: Any, kwargs: Any) -> Told:
    """Return a permutation; the axes of the method may be given one by one, and none turn all of them round."""
    x, rest = args[0], [*args[1:], *kwargs.values()]
    rest = list(rest[0]) if rest and isinstance(rest[0], (list, tuple)) else rest
    axes = [axis % x.ndim for axis in rest if axis is not None] or list(range(x.ndim))[::-1]
    return Told("permute", {"axes": axes}, inputs=[x])


def _permuted(change: Callable[[int, Any, Any], list[int]]) -> Callable[[Any, Any], Told]:
    def read(args: Any, kwargs: Any) -> Told:
        rest = [*list(args)[1:], *kwargs.values()]
        return Told("permute", {"axes": change(args[0].ndim, rest[0], rest[1])}, inputs=[args[0]])

    return read


def _first(pairs: Sequence[Any], rank: int) -> list[Any]:
    """Return a pair per axis of a value with its channels last in the order in which they are first."""
    if rank < 3:
        return list(pairs)
    return [pairs[0], pairs[-1], *pairs[1:-1]]


def _padded(args: Any, kwargs: Any) -> Told:
    given = {**dict(zip(("array", "pad_width", "mode"), args)), **kwargs}
    x, width, mode = given["array"], given["pad_width"], given.get("mode", "constant")
    value = given.get("constant_values", 0)
    whole = np.broadcast_to(np.asarray(width), (x.ndim, 2)).tolist()
    if not isinstance(value, (int, float)) or not isinstance(mode, str):
        return Told()
    return Told("pad", {"pads": _first(whole, x.ndim), "mode": mode, "value": float(value)}, inputs=[x])


def _getitem(args: Any, kwargs: Any) -> Told:
    x, index = args
    pads = crop(index, x.shape)
    if pads is None:
        return Told()
    return Told("pad", {"pads": _first(pads, x.ndim), "mode": "constant", "value": 0.0}, inputs=[x])


def _concatenated(args: Any, kwargs: Any) -> Told:
    parts, axis = args[0], kwargs.get("axis", args[1] if len(args) > 1 else 0)
    rank = parts[0].ndim
    places = channels_first_places(rank) if rank > 3 else list(range(rank))
    return Told("concat", {"axis": places[axis % rank]})


def _resize(args: Any, kwargs: Any) -> Told:
    """Return a resize of an image; one that changes other axes than the spatial ones, or blurs, is of no kind."""
    given = {**dict(zip(("image", "shape", "method", "antialias"), args)), **kwargs}
    x, shape, method = given["image"], given["shape"], getattr(given["method"], "name", given["method"]).lower()
    smaller = any(after < before for before, after in zip(x.shape, shape))
    outside = x.ndim < 3 or (shape[0], shape[-1]) != (x.shape[0], x.shape[-1])
    if outside or (smaller and given.get("antialias", True) and method != "nearest"):
        return Told()
    settings = {"mode": RESIZES.get(method, method), "corners": "half-pixel", "size": [int(n) for n in shape[1:-1]]}
    return Told("resize", settings, inputs=[x], layout="channels_last")


def _clipped(x: Any, low: Any = None, high: Any = None, **ends: Any) -> Told:
    low, high = (ends.get(name, end) for name, end in (("min", low), ("max", high)))
    if not all(end is None or isinstance(end, (int, float)) for end in (low, high)):
        return Told()
    told = _form("relu6") if (low, high) == (0, 6) else _form("clip", low=low, high=high)
    told.inputs = [x]
    return told


def _joined(kind: str) -> Callable[[Any, Any], Told]:
    def read(args: Any, kwargs: Any) -> Told:
        scalars = [float(a) for a in args if isinstance(a, (int, float))]
        return Told(kind, {"scalar": scalars[0] if scalars else None})

    return read


def _scaled(kind: str, change: Callable[[float], float]) -> Callable[[Any, Any], Told]:
    def read(args: Any, kwargs: Any) -> Told:
        plain = len(args) > 1 and isinstance(args[1], (int, float)) and args[1]
        return Told(kind, {"scalar": change(float(args[1]))}) if plain else Told()

    return read


MODULES: dict[str, Callable[[Any, Any, Weights], Told]] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Dense": _dense,
    "Linear": _dense,
    "BatchNorm": _norm("batch_norm"),
    "LayerNorm": _norm("layer_norm"),
    "GroupNorm": _norm("group_norm"),
    "Dropout": lambda module, x, weights: Told("dropout", inputs=[x], later={"rate": float(module.rate)}),
}
FUNCTIONS: dict[str, Callable[[Any, Any], Told]] = {
    "max_pool": _pool("max_pool"),
    "avg_pool": _pool("avg_pool"),
    "gelu": _gelu,
    "softmax": lambda args, kwargs: _form("softmax", axis=kwargs.get("axis", -1)),
    "leaky_relu": lambda args, kwargs: _form("leaky_relu", negative_slope=float(kwargs.get("negative_slope", 0.01))),
    "mean": _mean,
    "reshape": _reshape,
    "ravel": _reshape,
    "transpose": _transposed,
    "swapaxes": _permuted(exchanged),
    "moveaxis": _permuted(moved),
    "pad": _padded,
    "getitem": _getitem,
    "concatenate": _concatenated,
    "resize": _resize,
    "elu": lambda args, kwargs: _form("elu", alpha=float(kwargs.get("alpha", 1.0))),
    "clip": lambda args, kwargs: _clipped(*args, **kwargs),
    "add": _joined("add"),
    "radd": _joined("add"),
    "mul": _joined("multiply"),
    "rmul": _joined("multiply"),
    "multiply": _joined("multiply"),
    "sub": _scaled("add", lambda number: -number),
    "truediv": _scaled("multiply", lambda number: 1 / number),
}
