"""The description of each function of PyTorch, in the terms of a recording.

A reader gets the arguments by name and describes the call. Functions without a reader are of kind "other".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ..models.layouts import crop, exchanged, moved
from ..models.recorder import Told

Given = dict[str, Any]
NAMES = {  # of the positional arguments
    "conv": "input weight bias stride padding dilation groups",
    "conv_transpose": "input weight bias stride padding output_padding groups dilation",
    "max_pool": "input kernel_size stride padding dilation ceil_mode return_indices",
    "avg_pool": "input kernel_size stride padding ceil_mode count_include_pad divisor_override",
    "adaptive_avg_pool": "input output_size",
    "batch_norm": "input running_mean running_var weight bias training momentum eps",
    "layer_norm": "input normalized_shape weight bias eps",
    "group_norm": "input num_groups weight bias eps",
    "instance_norm": "input running_mean running_var weight bias use_input_stats momentum eps",
    "linear": "input weight bias",
    "pad": "input pad mode value",
    "interpolate": "input size scale_factor mode align_corners",
    "mean": "input dim keepdim",
    "flatten": "input start_dim end_dim",
    "cat": "tensors dim",
    "dropout": "input p training",
    "softmax": "input dim",
    "hardtanh": "input min_val max_val",
    "elu": "input alpha",
    "leaky_relu": "input negative_slope",
    "gelu": "input approximate",
    "clamp": "input min max",
}
WINDOWED = re.compile(r"(conv|conv_transpose|max_pool|avg_pool|adaptive_avg_pool)([123])d(?:_with_indices)?")
ALIASES = {"concat": "cat", "concatenate": "cat", "hardtanh_": "hardtanh", "log_softmax_": "log_softmax"}
PLAIN_FORMS = {"relu", "relu6", "sigmoid", "tanh", "silu", "hardswish", "hardsigmoid", "mish", "softplus", "selu"}
SAME = {"contiguous", "clone", "detach", "to", "float", "alpha_dropout", "feature_dropout", "identity", "type"}
RESIZES = {"nearest": "nearest", "bilinear": "linear", "linear": "linear", "trilinear": "linear", "bicubic": "cubic"}


def of_call(name: str, args: Sequence[Any], kwargs: Given) -> Told:
    """Return the description of a call of the function of this name."""
    name = name.strip("_") if name.startswith("__") else name.rstrip("_") or name
    name = ALIASES.get(name, name)
    windowed = WINDOWED.fullmatch(name)
    if windowed:
        rank = int(windowed[2])
        return READERS[windowed[1]](_by_name(windowed[1], args, kwargs), rank)
    if name in PLAIN_FORMS:
        return Told("activation", {"form": name, "parameters": {}})
    if name in SAME:
        return Told("identity")
    if name in ARITHMETIC:
        return _arithmetic(name, args)
    if name in PERMUTES:
        return _permuted(name, args, kwargs)
    if name == "getitem":
        return _getitem(args)
    if name in READERS:
        return READERS[name](_by_name(name, args, kwargs), 0)
    return Told()


def _by_name(name: str, args: Sequence[Any], kwargs: Given) -> Given:
    return {**dict(zip(NAMES.get(name, "input").split(), args)), **kwargs}


def _each(value: Any, rank: int) -> list[int]:
    """Return one number per axis from a number, a sequence of one or a sequence."""
    numbers = [int(v) for v in value] if isinstance(value, (list, tuple)) else [int(value)]
    return numbers * rank if len(numbers) == 1 else numbers


def _conv(given: Given, rank: int) -> Told:
    weight, padding = given["weight"], given.get("padding", 0)
    kernel, dilation = list(weight.shape[2:]), _each(given.get("dilation", 1), rank)
    if padding == "same":  # the odd one goes after
        total = [d * (k - 1) for d, k in zip(dilation, kernel)]
        pads = [[t // 2, t - t // 2] for t in total]
    else:
        pads = [[p, p] for p in _each(0 if padding == "valid" else padding, rank)]
    steps = {"kernel": kernel, "stride": _each(given.get("stride", 1), rank), "dilation": dilation, "pads": pads}
    word = {"word": padding} if isinstance(padding, str) else {}
    settings = {**steps, **word, "groups": int(given.get("groups", 1))}
    return _weighted("conv", given, settings, {"kernel": weight, "bias": given.get("bias")}, _layout(given))


def _conv_transpose(given: Given, rank: int) -> Told:
    told = _conv(given, rank)
    output_padding = _each(given.get("output_padding", 0), rank)
    return _weighted(
        "conv_transpose", given, {**told.settings, "output_padding": output_padding}, told.weights, _layout(given)
    )


def _pool(kind: str) -> Callable[[Given, int], Told]:
    def read(given: Given, rank: int) -> Told:
        kernel = _each(given["kernel_size"], rank)
        stride = given.get("stride")
        settings = {
            "kernel": kernel,
            "stride": kernel if stride in (None, [], ()) else _each(stride, rank),
            "dilation": _each(given.get("dilation", 1), rank),
            "pads": [[p, p] for p in _each(given.get("padding", 0), rank)],
            "ceil": bool(given.get("ceil_mode", False)),
        }
        if kind == "avg_pool":
            settings["count_include_pad"] = bool(given.get("count_include_pad", True))
            settings["divisor"] = given.get("divisor_override")
        return Told(kind, settings, layout=_layout(given))

    return read


def _adaptive(given: Given, rank: int) -> Told:
    sizes = given["output_size"]
    sizes = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes] * rank
    if all(size == 1 for size in sizes):
        return Told("mean", {"axes": list(range(2, rank + 2))}, layout=_layout(given))
    return Told("other", {"sizes": sizes}, layout=_layout(given))


def _batch_norm(given: Given, rank: int) -> Told:
    weights = {
        "scale": given.get("weight"),
        "shift": given.get("bias"),
        "mean": given.get("running_mean"),
        "variance": given.get("running_var"),
    }
    momentum = given.get("momentum", 0.1)  # of the new statistics, where a recording has that of the old ones
    later = {} if momentum is None else {"momentum": round(1 - float(momentum), 12)}
    told = _weighted("batch_norm", given, {"epsilon": float(given.get("eps", 1e-5))}, weights, _layout(given))
    told.later = later
    return told


def _norm(kind: str) -> Callable[[Given, int], Told]:
    def read(given: Given, rank: int) -> Told:
        settings: Given = {"epsilon": float(given.get("eps", 1e-5))}
        if kind == "layer_norm":
            settings["axes"] = list(range(-len(given["normalized_shape"]), 0))
        if kind == "group_norm":
            settings["groups"] = int(given["num_groups"])
        layout = "" if kind == "layer_norm" else _layout(given)
        return _weighted(kind, given, settings, {"scale": given.get("weight"), "shift": given.get("bias")}, layout)

    return read


def _linear(given: Given, rank: int) -> Told:
    return _weighted("dense", given, {}, {"kernel": given["weight"], "bias": given.get("bias")}, "")


def _pad(given: Given, rank: int) -> Told:
    flat, ndim = [int(p) for p in given["pad"]], given["input"].ndim
    pads = [[0, 0] for _ in range(ndim)]
    for number in range(len(flat) // 2):  # from the last axis
        pads[ndim - 1 - number] = flat[2 * number : 2 * number + 2]
    value = given.get("value")
    settings = {"pads": pads, "mode": given.get("mode", "constant"), "value": 0.0 if value is None else float(value)}
    return Told("pad", settings)


def _resize(given: Given, rank: int) -> Told:
    mode = str(given.get("mode", "nearest"))
    corners = given.get("align_corners")
    settings = {"mode": RESIZES.get(mode, mode), "corners": "aligned" if corners else "half-pixel"}
    if mode == "nearest":
        settings["corners"] = "asymmetric"
    return Told("resize", settings, layout=_layout(given))


def _mean(given: Given, rank: int) -> Told:
    dims, ndim = given.get("dim"), given["input"].ndim
    axes = range(ndim) if dims is None else [dims] if isinstance(dims, int) else dims
    return Told("mean", {"axes": sorted(axis % ndim for axis in axes)})


def _flatten(given: Given, rank: int) -> Told:
    whole = given.get("start_dim", 0) == 1 and given.get("end_dim", -1) in (-1, given["input"].ndim - 1)
    return Told("flatten" if whole else "reshape")


def _activation(form: str, **names: float) -> Callable[[Given, int], Told]:
    def read(given: Given, rank: int) -> Told:
        return Told("activation", {"form": form, "parameters": {n: float(given.get(n, d)) for n, d in names.items()}})

    return read


def _gelu(given: Given, rank: int) -> Told:
    tanh = given.get("approximate", "none") == "tanh"
    return Told("activation", {"form": "gelu_tanh" if tanh else "gelu", "parameters": {}})


def _softmax(given: Given, rank: int) -> Told:
    return Told("activation", {"form": "softmax", "parameters": {"axis": given.get("dim", -1)}})


def _clamp(given: Given, rank: int) -> Told:
    low, high = given.get("min", given.get("min_val")), given.get("max", given.get("max_val"))
    if (low, high) == (0, 6):
        return Told("activation", {"form": "relu6", "parameters": {}})
    return Told("activation", {"form": "clip", "parameters": {"low": low, "high": high}})


def _dropout(given: Given, rank: int) -> Told:
    return Told("dropout", later={"rate": float(given.get("p", 0.5))})


def _cat(given: Given, rank: int) -> Told:
    return Told("concat", {"axis": int(given.get("dim", 0)) % given["tensors"][0].ndim})


def _permuted(name: str, args: Sequence[Any], kwargs: Given) -> Told:
    """Return a permutation; the axes of ``permute`` may be given one by one."""
    x = args[0] if args else kwargs["input"]
    rest = [*args[1:], *(value for key, value in kwargs.items() if key != "input")]
    if name == "permute":
        dims = rest[0] if isinstance(rest[0], (list, tuple)) else rest
        return Told("permute", {"axes": [axis % x.ndim for axis in dims]})
    change = exchanged if name in ("transpose", "swapaxes", "swapdims") else moved
    return Told("permute", {"axes": change(x.ndim, rest[0], rest[1])})


PERMUTES = {"permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis"}


def _getitem(args: Sequence[Any]) -> Told:
    """Return the crop that an index is, or a call of no kind."""
    pads = crop(args[1], args[0].shape)
    return Told() if pads is None else Told("pad", {"pads": pads, "mode": "constant", "value": 0.0}, inputs=[args[0]])


ARITHMETIC = {
    **dict.fromkeys(("add", "radd", "iadd"), "add"),
    **dict.fromkeys(("mul", "rmul", "imul", "multiply"), "multiply"),
    **dict.fromkeys(("div", "truediv", "true_divide", "itruediv"), "divide"),
    **dict.fromkeys(("sub", "subtract", "isub"), "subtract"),
}


def _arithmetic(name: str, args: Sequence[Any]) -> Told:
    """Return a sum or product; subtracting and dividing by a number is adding and multiplying another."""
    kind = ARITHMETIC[name]
    other = args[1] if len(args) > 1 else None
    scalar = float(other) if isinstance(other, (int, float)) and not isinstance(other, bool) else None
    if kind == "subtract":
        return Told("other") if scalar is None else Told("add", {"scalar": -scalar})
    if kind == "divide":
        return Told("other") if not scalar else Told("multiply", {"scalar": 1 / scalar})
    return Told(kind, {"scalar": scalar})


def _weighted(kind: str, given: Given, settings: Given, weights: Given, layout: str) -> Told:
    return Told(kind, settings, weights, [given["input"]], layout)


def _layout(given: Given) -> str:
    return "channels_first"


READERS: dict[str, Callable[[Given, int], Told]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "max_pool": _pool("max_pool"),
    "avg_pool": _pool("avg_pool"),
    "adaptive_avg_pool": _adaptive,
    "batch_norm": _batch_norm,
    "layer_norm": _norm("layer_norm"),
    "group_norm": _norm("group_norm"),
    "instance_norm": _norm("instance_norm"),
    "linear": _linear,
    "pad": _pad,
    "interpolate": _resize,
    "upsample": _resize,
    "mean": _mean,
    "flatten": _flatten,
    "reshape": lambda given, rank: Told("reshape"),
    "view": lambda given, rank: Told("reshape"),
    "cat": _cat,
    "dropout": _dropout,
    "dropout2d": _dropout,
    "softmax": _softmax,
    "gelu": _gelu,
    "elu": _activation("elu", alpha=1.0),
    "leaky_relu": _activation("leaky_relu", negative_slope=0.01),
    "hardtanh": _clamp,
    "clamp": _clamp,
}
