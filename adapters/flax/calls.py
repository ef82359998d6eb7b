"""The description of each module and function of Flax and JAX, in the terms of a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...cases.arithmetic import axes
from ...cases.case import Case
from ...cases.operations import Op
from ...cases.operations.axis import WORDS
from ..models.recorder import Told

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


def _each(value: Any, rank: int) -> tuple[int, ...]:
    if value is None:
        return (1,) * rank
    return (int(value),) * rank if isinstance(value, int) else tuple(map(int, value))


def _pads(op: Op, padding: Any, x: Any, kernel: Any, stride: Any, dilation: Any) -> list[list[int]]:
    rank = len(kernel)
    if isinstance(padding, str):
        case = Case(tuple(map(int, x.shape[1:-1])), kernel, stride, padding.lower(), dilation, op)
        found = axes(case)
        return [list(axis.pads) for axis in found] if isinstance(found, tuple) else [[0, 0]] * rank
    sides = [padding] * rank if isinstance(padding, int) else list(padding)
    return [[int(side)] * 2 if isinstance(side, int) else [int(n) for n in side] for side in sides]


def _word(padding: Any) -> dict[str, str]:
    """Return the padding word as a setting; none where the padding is in numbers, or a word for other elements."""
    word = padding.lower() if isinstance(padding, str) else ""
    return {"word": word} if word in WORDS else {}


def _conv(module: Any, x: Any, weights: Weights) -> Told:
    kernel = np.moveaxis(weights["kernel"], (-1, -2), (0, 1))
    size = kernel.shape[2:]
    stride, dilation = _each(module.strides, len(size)), _each(module.kernel_dilation, len(size))
    pads = _pads("conv", module.padding, x, size, stride, dilation)
    steps = {"kernel": list(size), "stride": list(stride), "dilation": list(dilation), "pads": pads}
    settings = {**steps, **_word(module.padding), "groups": int(module.feature_group_count)}
    named = {"kernel": np.ascontiguousarray(kernel), "bias": weights.get("bias")}
    return Told("conv", settings, named, [x], "channels_last")


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
        x, kernel = given["inputs"], tuple(given["window_shape"])
        ones = (1,) * len(kernel)
        stride = _each(given.get("strides"), len(kernel))
        padding = given.get("padding", "VALID")
        pads = _pads(op, padding, x, kernel, stride, ones)
        steps = {"kernel": list(kernel), "stride": list(stride), "dilation": list(ones), "pads": pads}
        settings: dict[str, Any] = {**steps, **_word(padding), "ceil": False}
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
    "transpose": lambda args, kwargs: Told("permute", inputs=[args[0]]),
    "add": _joined("add"),
    "radd": _joined("add"),
    "mul": _joined("multiply"),
    "rmul": _joined("multiply"),
    "multiply": _joined("multiply"),
    "sub": _scaled("add", lambda number: -number),
    "truediv": _scaled("multiply", lambda number: 1 / number),
}
