"""The description of each module and function of Flax and JAX, in the terms of a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...cases.operations import Op
from ..models.recorder import Told
from .kernels import of_transposed
from .windows import steps

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
    "transpose": lambda args, kwargs: Told("permute", inputs=[args[0]]),
    "add": _joined("add"),
    "radd": _joined("add"),
    "mul": _joined("multiply"),
    "rmul": _joined("multiply"),
    "multiply": _joined("multiply"),
    "sub": _scaled("add", lambda number: -number),
    "truediv": _scaled("multiply", lambda number: 1 / number),
}
