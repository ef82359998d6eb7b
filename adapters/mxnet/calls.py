"""The description of each block and function of MXNet, in the terms of a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..models.recorder import Told

Weights = Mapping[str, np.ndarray]
FORMS = {"relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "softrelu": "softplus"}


def of_block(block: Any, x: Any, weights: Weights) -> Told:
    """Return the description of a block of Gluon on an input, with its weights."""
    kwargs = getattr(block, "_kwargs", {})
    if "num_filter" in kwargs:
        return _conv(kwargs, x, weights)
    if "pool_type" in kwargs:
        return _pool(kwargs, x)
    name = type(block).__name__
    return BLOCKS[name](block, x, weights) if name in BLOCKS else Told()


def of_function(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Told:
    """Return the description of a function of ``mx.npx`` or of an operator between arrays."""
    name = name.strip("_")
    return FUNCTIONS[name](args, kwargs) if name in FUNCTIONS else Told()


def _form(form: str, **parameters: Any) -> Told:
    return Told("activation", {"form": form, "parameters": parameters})


def _conv(kwargs: Mapping[str, Any], x: Any, weights: Weights) -> Told:
    pads = [[int(side)] * 2 for side in kwargs["pad"]]
    names = {"kernel": "kernel", "stride": "stride", "dilation": "dilate"}
    settings: dict[str, Any] = {ours: list(map(int, kwargs[theirs])) for ours, theirs in names.items()}
    settings.update(pads=pads, groups=int(kwargs["num_group"]))
    named = {"kernel": weights["weight"], "bias": weights.get("bias")}
    if "adj" not in kwargs:
        return Told("conv", settings, named, [x], "channels_first")
    return Told("conv_transpose", {**settings, "output_padding": list(kwargs["adj"])}, named, [x], "channels_first")


def _pool(kwargs: Mapping[str, Any], x: Any) -> Told:
    rank = x.ndim - 2
    if kwargs.get("global_pool"):
        return Told("mean", {"axes": list(range(2, rank + 2))}) if kwargs["pool_type"] == "avg" else Told()
    settings: dict[str, Any] = {
        "kernel": list(kwargs["kernel"]),
        "stride": list(kwargs["stride"]),
        "dilation": [1] * rank,
        "pads": [[int(side)] * 2 for side in kwargs["pad"]],
        "ceil": kwargs.get("pooling_convention") == "full",
    }
    if kwargs["pool_type"] == "max":
        return Told("max_pool", settings, layout="channels_first")
    counted = bool(kwargs.get("count_include_pad", True))
    return Told("avg_pool", {**settings, "count_include_pad": counted, "divisor": None}, layout="channels_first")


def _dense(block: Any, x: Any, weights: Weights) -> Told:
    return Told("dense", {}, {"kernel": weights["weight"], "bias": weights.get("bias")}, [x])


def _batch_norm(block: Any, x: Any, weights: Weights) -> Told:
    kwargs = block._kwargs
    scale = np.ones_like(weights["gamma"]) if kwargs["fix_gamma"] else weights["gamma"]
    named = {"scale": scale, "shift": weights["beta"], "mean": weights["running_mean"]}
    named["variance"] = weights["running_var"]
    later = {"momentum": float(kwargs["momentum"])}
    return Told("batch_norm", {"epsilon": float(kwargs["eps"])}, named, [x], "channels_first", later)


def _activation(block: Any, x: Any, weights: Weights) -> Told:
    form = str(block._act_type)
    return _form(FORMS[form]) if form in FORMS else Told()


def _gelu(block: Any, x: Any, weights: Weights) -> Told:
    return _form("gelu")


def _joined(kind: str) -> Callable[[Any, Any], Told]:
    def read(args: Any, kwargs: Any) -> Told:
        scalars = [float(a) for a in args if isinstance(a, (int, float))]
        return Told(kind, {"scalar": scalars[0] if scalars else None})

    return read


def _divided(args: Any, kwargs: Any) -> Told:
    plain = len(args) > 1 and isinstance(args[1], (int, float)) and args[1]
    return Told("multiply", {"scalar": 1 / float(args[1])}) if plain else Told()


BLOCKS: dict[str, Callable[[Any, Any, Weights], Told]] = {
    "Dense": _dense,
    "BatchNorm": _batch_norm,
    "Activation": _activation,
    "GELU": _gelu,
    "Flatten": lambda block, x, weights: Told("flatten"),
    "Dropout": lambda block, x, weights: Told("dropout", later={"rate": float(block._rate)}),
    "Identity": lambda block, x, weights: Told("identity"),
}
FUNCTIONS: dict[str, Callable[[Any, Any], Told]] = {
    "add": _joined("add"),
    "radd": _joined("add"),
    "mul": _joined("multiply"),
    "rmul": _joined("multiply"),
    "truediv": _divided,
    "reshape": lambda args, kwargs: Told("reshape"),
    "transpose": lambda args, kwargs: Told("permute"),
    "mean": lambda args, kwargs: Told("mean", {"axes": sorted(_axes(args, kwargs))}),
    "softmax": lambda args, kwargs: _form("softmax", axis=int(kwargs.get("axis", -1))),
    "relu": lambda args, kwargs: _form("relu"),
    "sigmoid": lambda args, kwargs: _form("sigmoid"),
}


def _axes(args: Any, kwargs: Any) -> list[int]:
    axis = kwargs.get("axis", args[1] if len(args) > 1 else None)
    chosen = range(args[0].ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    return [a % args[0].ndim for a in chosen]
