"""The description of each layer and function of Keras, in the terms of a recording.

Layers and functions without a reader are of kind "other".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...cases.operations import Op
from ..models.layouts import channels_first_places, crop, exchanged, moved
from ..models.recorder import Told
from .windows import steps, transposed_steps

LAYOUTS = {"channels_last": "channels_last", "channels_first": "channels_first"}
FORMS: dict[str, tuple[str, dict[str, Any]]] = {  # of functions; the default parameters are those of keras.activations
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "gelu": ("gelu", {}),
    "sigmoid": ("sigmoid", {}),
    "tanh": ("tanh", {}),
    "silu": ("silu", {}),
    "swish": ("silu", {}),
    "hard_sigmoid": ("hardsigmoid", {}),
    "hard_silu": ("hardswish", {}),
    "hard_swish": ("hardswish", {}),
    "mish": ("mish", {}),
    "softplus": ("softplus", {}),
    "selu": ("selu", {}),
    "elu": ("elu", {"alpha": 1.0}),
    "leaky_relu": ("leaky_relu", {"negative_slope": 0.2}),
    "softmax": ("softmax", {"axis": -1}),
}
RESIZES = {"nearest": "nearest", "bilinear": "linear", "linear": "linear", "bicubic": "cubic"}


def of_layer(layer: Any, args: Sequence[Any]) -> Told:
    """Return the description of a layer of Keras on its input."""
    for kind in type(layer).__mro__:
        name = re.sub(r"(?<=[a-z0-9])[123]D$", "", kind.__name__)
        if name in LAYERS and kind.__module__.startswith("keras."):
            return LAYERS[name](layer, args[0] if args else None)
    return Told()


def of_function(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Told:
    """Return the description of a function of ``keras.ops`` or ``keras.activations``, by its name."""
    if name == "gelu":
        approximate = kwargs.get("approximate", args[1] if len(args) > 1 else False)
        return _activation("gelu_tanh" if approximate else "gelu", {})
    if name in FORMS:
        form, parameters = FORMS[name]
        return _activation(form, {n: kwargs.get(n, default) for n, default in parameters.items()})
    return FUNCTIONS[name](args, kwargs) if name in FUNCTIONS else Told()


def activation_of(layer: Any) -> Any:
    """Return the function that a layer with weights applies to its sums; None if it applies none."""
    function = vars(layer).get("activation")
    weighted = hasattr(layer, "kernel") or hasattr(layer, "depthwise_kernel")
    name = getattr(function, "__name__", "")
    return function if weighted and callable(function) and name not in ("linear", "") else None


def _layout(layer: Any) -> str:
    return LAYOUTS.get(str(getattr(layer, "data_format", "channels_last")), "channels_last")


def numbers(variable: Any) -> np.ndarray | None:
    """Return the numbers of a variable; None if there is none."""
    if variable is None:
        return None
    value = variable.numpy() if hasattr(variable, "numpy") else variable
    array: np.ndarray = np.asarray(value)
    return array


def _sizes(layer: Any, x: Any) -> tuple[int, ...]:
    """Return the spatial sizes of an input."""
    shape = tuple(int(size) for size in x.shape)
    return shape[1:-1] if _layout(layer) == "channels_last" else shape[2:]


def _conv(layer: Any, x: Any) -> Told:
    kernel, groups = numbers(layer.kernel), int(layer.groups)
    assert kernel is not None
    weight = np.moveaxis(kernel, (-1, -2), (0, 1))
    return convolution(layer, x, weight, groups, layer.bias)


def _depthwise(layer: Any, x: Any) -> Told:
    kernel = numbers(layer.kernel)
    assert kernel is not None
    weight = np.moveaxis(kernel, (-2, -1), (0, 1))  # (C, M, *kernel)
    return convolution(layer, x, weight.reshape(-1, 1, *weight.shape[2:]), weight.shape[0], layer.bias)


def convolution(
    layer: Any,
    x: Any,
    weight: np.ndarray,
    groups: int,
    bias: Any,
    padding: str = "",
    stride: Sequence[int] = (),
    dilation: Sequence[int] = (),
) -> Told:
    """Return the description of a convolution of a layer, whose own padding, stride and dilation are the defaults."""
    stride, dilation = tuple(stride or layer.strides), tuple(dilation or layer.dilation_rate)
    settings = steps("conv", padding or layer.padding, _sizes(layer, x), weight.shape[2:], stride, dilation)
    weights = {"kernel": np.ascontiguousarray(weight), "bias": numbers(bias)}
    return Told("conv", {**settings, "groups": groups}, weights, [x], _layout(layer))


def _conv_transpose(layer: Any, x: Any) -> Told:
    kernel = numbers(layer.kernel)
    assert kernel is not None
    weight = np.moveaxis(kernel, (-1, -2), (0, 1))  # (*kernel, O, I) becomes (I, O, *kernel)
    size, stride, dilation = weight.shape[2:], tuple(layer.strides), tuple(layer.dilation_rate)
    settings = transposed_steps(layer.padding, _sizes(layer, x), size, stride, dilation, layer.output_padding)
    weights = {"kernel": np.ascontiguousarray(weight), "bias": numbers(layer.bias)}
    return Told("conv_transpose", settings, weights, [x], _layout(layer))


def _pool(kind: Op) -> Callable[[Any, Any], Told]:
    def read(layer: Any, x: Any) -> Told:
        kernel, stride = tuple(layer.pool_size), tuple(layer.strides)
        ones = (1,) * len(kernel)
        settings = {**steps(kind, layer.padding, _sizes(layer, x), kernel, stride, ones), "ceil": False}
        if kind == "avg_pool":
            settings.update(count_include_pad=False, divisor=None)
        return Told(kind, settings, inputs=[x], layout=_layout(layer))

    return read


def _dense(layer: Any, x: Any) -> Told:
    kernel = numbers(layer.kernel)
    assert kernel is not None
    return Told("dense", {}, {"kernel": np.ascontiguousarray(kernel.T), "bias": numbers(layer.bias)}, [x])


def _batch_norm(layer: Any, x: Any) -> Told:
    weights = {
        "scale": numbers(layer.gamma),
        "shift": numbers(layer.beta),
        "mean": numbers(layer.moving_mean),
        "variance": numbers(layer.moving_variance),
    }
    axis = layer.axis if isinstance(layer.axis, int) else layer.axis[0]
    layout = "channels_first" if axis == 1 and len(x.shape) > 2 else "channels_last"
    later = {"momentum": round(float(layer.momentum), 12)}
    return Told("batch_norm", {"epsilon": float(layer.epsilon)}, weights, [x], layout, later)


def _layer_norm(layer: Any, x: Any) -> Told:
    axis = layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]
    settings = {"epsilon": float(layer.epsilon), "axes": [a - len(x.shape) if a >= 0 else a for a in axis]}
    return Told("layer_norm", settings, {"scale": numbers(layer.gamma), "shift": numbers(layer.beta)}, [x])


def _group_norm(layer: Any, x: Any) -> Told:
    settings = {"epsilon": float(layer.epsilon), "groups": int(layer.groups)}
    weights = {"scale": numbers(layer.gamma), "shift": numbers(layer.beta)}
    return Told("group_norm", settings, weights, [x], "channels_last" if layer.axis != 1 else "channels_first")


def _zero_padding(sign: int) -> Callable[[Any, Any], Told]:
    def read(layer: Any, x: Any) -> Told:
        given = layer.padding if sign > 0 else layer.cropping
        sides = [given] if isinstance(given[0], int) else given
        pads = [[0, 0], [0, 0], *([sign * int(n) for n in side] for side in sides)]
        return Told("pad", {"pads": pads, "mode": "constant", "value": 0.0}, inputs=[x], layout=_layout(layer))

    return read


def _global_mean(layer: Any, x: Any) -> Told:
    return Told("mean", {"axes": list(range(2, len(x.shape)))}, inputs=[x], layout=_layout(layer))


def _resize(layer: Any, x: Any) -> Told:
    mode = str(getattr(layer, "interpolation", "nearest"))
    corners = "half-pixel" if mode != "nearest" else "asymmetric"
    settings = {"mode": RESIZES.get(mode, mode), "corners": corners}
    return Told("resize", settings, inputs=[x], layout=_layout(layer))


def _activation(form: str, parameters: dict[str, Any]) -> Told:
    return Told("activation", {"form": form, "parameters": parameters})


def _activation_layer(layer: Any, x: Any) -> Told:
    return of_function(getattr(layer.activation, "__name__", ""), (), {})


def _relu(layer: Any, x: Any) -> Told:
    if layer.threshold:
        return Told()
    most, slope = layer.max_value, float(layer.negative_slope or 0)
    if most is None:
        return _activation("leaky_relu", {"negative_slope": slope}) if slope else _activation("relu", {})
    return _activation("relu6", {}) if most == 6 and not slope else Told()


def _slope(layer: Any, x: Any) -> Told:
    return _activation("leaky_relu", {"negative_slope": float(layer.negative_slope)})


def _rescaling(layer: Any, x: Any) -> Told:
    scale, offset = layer.scale, layer.offset
    plain = isinstance(scale, (int, float)) and not np.any(offset)
    return Told("multiply", {"scalar": float(scale)}) if plain else Told()


def _dropout(layer: Any, x: Any) -> Told:
    return Told("dropout", later={"rate": float(layer.rate)})


def _of(kind: str, **settings: Any) -> Callable[[Any, Any], Told]:
    return lambda layer, x: Told(kind, dict(settings))


def _concat(layer: Any, x: Any) -> Told:
    rank = len(x[0].shape)
    axis = layer.axis % rank
    last = _layout(layer) == "channels_last" and rank > 3
    return Told("concat", {"axis": (0, *range(2, rank), 1)[axis] if last else axis})


LAYERS: dict[str, Callable[[Any, Any], Told]] = {
    "Conv": _conv,
    "DepthwiseConv": _depthwise,
    "ConvTranspose": _conv_transpose,
    "Conv2DTranspose": _conv_transpose,
    "Conv1DTranspose": _conv_transpose,
    "Conv3DTranspose": _conv_transpose,
    "MaxPooling": _pool("max_pool"),
    "AveragePooling": _pool("avg_pool"),
    "GlobalAveragePooling": _global_mean,
    "ZeroPadding": _zero_padding(1),
    "Cropping": _zero_padding(-1),
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "UpSampling": _resize,
    "Resizing": _resize,
    "Activation": _activation_layer,
    "ReLU": _relu,
    "LeakyReLU": _slope,
    "ELU": lambda layer, x: _activation("elu", {"alpha": float(layer.alpha)}),
    "Softmax": lambda layer, x: _activation("softmax", {"axis": -1}),
    "Rescaling": _rescaling,
    "Flatten": _of("flatten"),
    "Reshape": _of("reshape"),
    "Permute": lambda layer, x: Told("permute", {"axes": [0, *layer.dims]}),
    "Add": _of("add", scalar=None),
    "Multiply": _of("multiply", scalar=None),
    "Concatenate": _concat,
    "Dropout": _dropout,
    "SpatialDropout": _dropout,
    "InputLayer": _of("identity"),
    "Identity": _of("identity"),
}


def _arithmetic(kind: str, change: Callable[[float], float] = lambda number: number) -> Callable[[Any, Any], Told]:
    def read(args: Sequence[Any], kwargs: dict[str, Any]) -> Told:
        numbers = [float(a) for a in args if isinstance(a, (int, float)) and not isinstance(a, bool)]
        if numbers and not isinstance(args[-1], (int, float)) and kind == "other":
            return Told()
        return Told(kind, {"scalar": change(numbers[0]) if numbers else None})

    return read


def _concatenate(args: Sequence[Any], kwargs: dict[str, Any]) -> Told:
    parts = args[0] if args else kwargs["xs"]
    axis, rank = kwargs.get("axis", args[1] if len(args) > 1 else 0), len(parts[0].shape)
    axis %= rank
    return Told("concat", {"axis": (0, *range(2, rank), 1)[axis] if rank > 3 else axis})


def _transposed(args: Sequence[Any], kwargs: dict[str, Any]) -> Told:
    x = args[0] if args else kwargs["x"]
    axes, rank = kwargs.get("axes", args[1] if len(args) > 1 else None), len(x.shape)
    return Told("permute", {"axes": [a % rank for a in axes] if axes else list(range(rank))[::-1]})


def _permuted(change: Callable[[int, Any, Any], list[int]]) -> Callable[[Any, Any], Told]:
    def read(args: Sequence[Any], kwargs: dict[str, Any]) -> Told:
        x, one, other = [*args, *kwargs.values()]
        return Told("permute", {"axes": change(len(x.shape), one, other)})

    return read


def _first(pairs: Sequence[Any]) -> list[Any]:
    """Return a pair per axis of a value with its channels last in the order in which they are first."""
    return [pairs[0], pairs[-1], *pairs[1:-1]] if len(pairs) > 2 else list(pairs)


def _padded(args: Sequence[Any], kwargs: dict[str, Any]) -> Told:
    given = {**dict(zip(("x", "pad_width", "mode", "constant_values"), args)), **kwargs}
    x, value = given["x"], given.get("constant_values") or 0.0
    whole = np.broadcast_to(np.asarray(given["pad_width"]), (len(x.shape), 2)).tolist()
    return Told(
        "pad", {"pads": _first(whole), "mode": given.get("mode", "constant"), "value": float(value)}, inputs=[x]
    )


def _getitem(args: Sequence[Any], kwargs: dict[str, Any]) -> Told:
    x, index = args
    pads = crop(index, x.shape)
    return Told() if pads is None else Told("pad", {"pads": _first(pads), "mode": "constant", "value": 0.0}, inputs=[x])


def _mean(args: Sequence[Any], kwargs: dict[str, Any]) -> Told:
    x = args[0] if args else kwargs["x"]
    axis, rank = kwargs.get("axis", args[1] if len(args) > 1 else None), len(x.shape)
    chosen = range(rank) if axis is None else [axis] if isinstance(axis, int) else axis
    places = channels_first_places(rank) if rank > 3 else list(range(rank))
    return Told("mean", {"axes": sorted(places[a % rank] for a in chosen)}, inputs=[x])


def _scalar_only(kind: str, change: Callable[[float], float]) -> Callable[[Any, Any], Told]:
    """Return a reader of a difference or quotient whose second operand is a number."""

    def read(args: Sequence[Any], kwargs: dict[str, Any]) -> Told:
        number = args[1] if len(args) > 1 else None
        if not isinstance(number, (int, float)) or number == 0:
            return Told()
        return Told(kind, {"scalar": change(float(number))})

    return read


FUNCTIONS: dict[str, Callable[[Any, Any], Told]] = {
    "add": _arithmetic("add"),
    "multiply": _arithmetic("multiply"),
    "subtract": _scalar_only("add", lambda number: -number),
    "divide": _scalar_only("multiply", lambda number: 1 / number),
    "true_divide": _scalar_only("multiply", lambda number: 1 / number),
    "concatenate": _concatenate,
    "reshape": lambda args, kwargs: Told("reshape"),
    "transpose": _transposed,
    "swapaxes": _permuted(exchanged),
    "moveaxis": _permuted(moved),
    "pad": _padded,
    "getitem": _getitem,
    "get_item": _getitem,
    "mean": _mean,
    "cast": lambda args, kwargs: Told("identity"),
    "convert_to_tensor": lambda args, kwargs: Told("identity"),
}
