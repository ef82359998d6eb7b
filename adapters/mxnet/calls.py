"""The description of each block and function of MXNet, in the terms of a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..models.layouts import crop, exchanged
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


def _transposed(x: Any, *rest: Any, axes: Any = None) -> Told:
    """Return a permutation; the axes of the method may be given one by one, and none turn all of them round."""
    given = axes if axes is not None else rest[0] if rest and isinstance(rest[0], (list, tuple)) else rest
    return Told("permute", {"axes": [a % x.ndim for a in given] or list(range(x.ndim))[::-1]}, inputs=[x])


def _swapped(x: Any, axis1: int, axis2: int) -> Told:
    return Told("permute", {"axes": exchanged(x.ndim, axis1, axis2)}, inputs=[x])


def _getitem(x: Any, index: Any) -> Told:
    pads = crop(index, x.shape)
    return Told() if pads is None else Told("pad", {"pads": pads, "mode": "constant", "value": 0.0}, inputs=[x])


def _padded(x: Any, pad_width: Any = None, mode: str = "constant", constant_values: Any = 0, **more: Any) -> Told:
    if more or pad_width is None or not isinstance(constant_values, (int, float)):
        return Told()
    whole = np.broadcast_to(np.asarray(pad_width), (x.ndim, 2)).tolist()
    return Told("pad", {"pads": whole, "mode": mode, "value": float(constant_values)}, inputs=[x])


def _concatenated(parts: Any, axis: int = 0) -> Told:
    return Told("concat", {"axis": axis % parts[0].ndim})


def _clipped(x: Any, low: Any = None, high: Any = None, **ends: Any) -> Told:
    low, high = ends.get("a_min", low), ends.get("a_max", high)
    told = _form("relu6") if (low, high) == (0, 6) else _form("clip", low=low, high=high)
    told.inputs = [x]
    return told


def _bilinear(x: Any, *given: Any, align_corners: bool = True, mode: str = "size", **sizes: Any) -> Told:
    corners = "aligned" if align_corners else "half-pixel"
    settings = {"mode": "linear", "corners": corners}
    return Told("resize", settings, inputs=[x], layout="channels_first") if mode == "size" else Told(inputs=[x])


def _upsampled(x: Any, *more: Any, sample_type: str = "", **given: Any) -> Told:
    """Return an upsampling to the nearest pixel; a bilinear one is a transposed convolution, whose kernel is given."""
    if more or sample_type != "nearest":
        return Told()
    return Told("resize", {"mode": "nearest", "corners": "asymmetric"}, inputs=[x], layout="channels_first")


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
    "transpose": lambda args, kwargs: _transposed(*args, **kwargs),
    "swapaxes": lambda args, kwargs: _swapped(*args, **kwargs),
    "getitem": lambda args, kwargs: _getitem(*args),
    "pad": lambda args, kwargs: _padded(*args, **kwargs),
    "concatenate": lambda args, kwargs: _concatenated(*args, **kwargs),
    "clip": lambda args, kwargs: _clipped(*args, **kwargs),
    "as_nd_ndarray": lambda args, kwargs: Told("identity"),
    "as_np_ndarray": lambda args, kwargs: Told("identity"),
    "BilinearResize2D": lambda args, kwargs: _bilinear(*args, **kwargs),
    "UpSampling": lambda args, kwargs: _upsampled(*args, **kwargs),
    "mean": lambda args, kwargs: Told("mean", {"axes": sorted(_axes(args, kwargs))}),
    "softmax": lambda args, kwargs: _form("softmax", axis=int(kwargs.get("axis", -1))),
    "relu": lambda args, kwargs: _form("relu"),
    "sigmoid": lambda args, kwargs: _form("sigmoid"),
}


def _axes(args: Any, kwargs: Any) -> list[int]:
    axis = kwargs.get("axis", args[1] if len(args) > 1 else None)
    chosen = range(args[0].ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    return [a % args[0].ndim for a in chosen]
