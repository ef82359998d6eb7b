"""A separable convolution as the two layers that it is in other frameworks: a depthwise and a pointwise one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..models.filling import Filled
from ..models.recorder import Told
from .calls import convolution, numbers

DEPTHWISE, POINTWISE = "_depthwise", "_pointwise"  # what follows the path of the layer


def is_separable(layer: Any) -> bool:
    """Return whether this is a separable convolution of Keras."""
    return any(kind.__name__ == "BaseSeparableConv" for kind in type(layer).__mro__)


def parts(ops: Any, layer: Any) -> Iterator[tuple[str, Callable[..., Any], Callable[[Any], Told]]]:
    """Yield the end of the path of each part, the function that applies it, and what it is on an input."""
    given = {"data_format": layer.data_format}
    depthwise, pointwise = (numbers(kernel) for kernel in (layer.depthwise_kernel, layer.pointwise_kernel))
    assert depthwise is not None
    assert pointwise is not None
    weight = np.moveaxis(depthwise, (-2, -1), (0, 1))  # (C, M, *kernel)
    first = weight.reshape(-1, 1, *weight.shape[2:])
    more = {"strides": layer.strides, "padding": layer.padding, "dilation_rate": layer.dilation_rate}

    def of_depthwise(x: Any) -> Told:
        return convolution(layer, x, first, weight.shape[0], None)

    yield (
        DEPTHWISE,
        functools.partial(_applied, ops.depthwise_conv, layer.depthwise_kernel, {**given, **more}),
        of_depthwise,
    )

    def of_pointwise(x: Any) -> Told:
        ones = (1,) * len(layer.kernel_size)
        kernel = np.ascontiguousarray(np.moveaxis(pointwise, (-1, -2), (0, 1)))
        return convolution(layer, x, kernel, 1, layer.bias, "valid", ones, ones)

    def with_bias(x: Any) -> Any:
        y = _applied(ops.conv, layer.pointwise_kernel, {**given, "strides": 1, "padding": "valid"}, x)
        if layer.bias is None:
            return y
        channels = -1 if layer.data_format == "channels_last" else 1
        shape = [1] * len(y.shape)
        shape[channels] = -1
        return y + ops.reshape(layer.bias, shape)

    yield POINTWISE, with_bias, of_pointwise


def _applied(function: Callable[..., Any], kernel: Any, more: dict[str, Any], x: Any) -> Any:
    return function(x, kernel, **more)


def holds(name: str, call: Filled) -> tuple[str, dict[str, str]]:
    """Return the name of the layer that a call is of, or part of, and the names of its weights there."""
    for end, kernel in ((DEPTHWISE, "depthwise_kernel"), (POINTWISE, "pointwise_kernel")):
        if call.call.name.startswith("SeparableConv") and name.endswith(end):
            return name.removesuffix(end), {"kernel": kernel}
    return name, {}
