"""What each operator of TensorFlow Lite is, in the terms of a recording. Others are of kind "other"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...cases.arithmetic import axes
from ...cases.case import Case
from ...cases.operations import Op
from ..models.recorder import Told

Arrays = Mapping[int, np.ndarray]  # constants, by the place of the input
Shapes = Sequence[tuple[int, ...]]  # of the first input and the first output
WORDS = {0: "same", 1: "valid"}
LAST = "channels_last"


def told(kind: str, options: Any, constants: Arrays, shapes: Shapes, tensors: Sequence[Any]) -> Told:
    """Return what an operator is; ``tensors`` are the inputs that are no constants."""
    found = KINDS[kind](options, constants, shapes) if kind in KINDS else Told()
    found.inputs = list(tensors)
    return found


def _windows(op: Op, options: Any, shape: Sequence[int], kernel: Sequence[int]) -> dict[str, Any]:
    stride = (int(options.strideH), int(options.strideW))
    dilation = (int(getattr(options, "dilationHFactor", 1)), int(getattr(options, "dilationWFactor", 1)))
    word = WORDS[options.padding]
    found = axes(Case(tuple(shape[1:3]), tuple(kernel), stride, word, dilation, op))
    pads = [list(axis.pads) for axis in found] if isinstance(found, tuple) else [[0, 0]] * 2
    steps = {"kernel": list(map(int, kernel)), "stride": list(stride), "dilation": list(dilation)}
    return {**steps, "pads": pads, "word": word}


def _conv(options: Any, constants: Arrays, shapes: Shapes) -> Told:
    kernel = constants[1].transpose(0, 3, 1, 2)  # from (out, *kernel, in / groups)
    groups = shapes[0][3] // kernel.shape[1]
    settings = {**_windows("conv", options, shapes[0], kernel.shape[2:]), "groups": groups}
    return Told("conv", settings, _weights(kernel, constants), layout=LAST)


def _depthwise(options: Any, constants: Arrays, shapes: Shapes) -> Told:
    kernel = constants[1].transpose(3, 0, 1, 2)  # from (1, *kernel, out)
    settings = {**_windows("conv", options, shapes[0], kernel.shape[2:]), "groups": shapes[0][3]}
    return Told("conv", settings, _weights(kernel, constants), layout=LAST)


def _dense(options: Any, constants: Arrays, shapes: Shapes) -> Told:
    return Told("dense", {}, _weights(constants[1], constants))


def _weights(kernel: np.ndarray, constants: Arrays) -> dict[str, Any]:
    return {"kernel": np.ascontiguousarray(kernel), "bias": constants.get(2)}


def _pool(op: Op) -> Callable[[Any, Arrays, Shapes], Told]:
    def read(options: Any, constants: Arrays, shapes: Shapes) -> Told:
        kernel = (int(options.filterHeight), int(options.filterWidth))
        settings = {**_windows(op, options, shapes[0], kernel), "ceil": False}
        if op == "avg_pool":
            settings.update(count_include_pad=False, divisor=None)
        return Told(op, settings, layout=LAST)

    return read


def _form(form: str, **parameters: Any) -> Told:
    return Told("activation", {"form": form, "parameters": parameters})


def _pad(options: Any, constants: Arrays, shapes: Shapes) -> Told:
    pairs = [[int(n) for n in pair] for pair in constants[1]]
    pads = [pairs[0], pairs[-1], *pairs[1:-1]] if len(pairs) > 2 else pairs
    value = float(constants[2].reshape(-1)[0]) if 2 in constants else 0.0
    return Told("pad", {"pads": pads, "mode": "constant", "value": value})


def _mean(options: Any, constants: Arrays, shapes: Shapes) -> Told:
    rank = len(shapes[0])
    ours = [0, *range(2, rank), 1] if rank > 2 else list(range(rank))  # our axes, by the places of theirs
    return Told("mean", {"axes": sorted(ours[int(axis)] for axis in constants[1].reshape(-1))})


def _joined(kind: str, change: Callable[[float], float] = lambda number: number) -> Callable[..., Told]:
    def read(options: Any, constants: Arrays, shapes: Shapes) -> Told:
        if not constants:
            return Told(kind, {"scalar": None})
        (array,) = constants.values()
        return Told(kind, {"scalar": change(float(array.reshape(-1)[0]))}) if array.size == 1 else Told()

    return read


def _resize(mode: str) -> Callable[[Any, Arrays, Shapes], Told]:
    def read(options: Any, constants: Arrays, shapes: Shapes) -> Told:
        corners = "aligned" if options.alignCorners else "half-pixel" if options.halfPixelCenters else "asymmetric"
        return Told("resize", {"mode": mode, "corners": corners, "size": [int(n) for n in shapes[1][1:3]]}, layout=LAST)

    return read


def _concat(options: Any, constants: Arrays, shapes: Shapes) -> Told:
    rank, axis = len(shapes[0]), int(options.axis)
    ours = [0, *range(2, rank), 1] if rank > 2 else list(range(rank))
    return Told("concat", {"axis": ours[axis]})


KINDS: dict[str, Callable[[Any, Arrays, Shapes], Told]] = {
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "FULLY_CONNECTED": _dense,
    "MAX_POOL_2D": _pool("max_pool"),
    "AVERAGE_POOL_2D": _pool("avg_pool"),
    "PAD": _pad,
    "PADV2": _pad,
    "MEAN": _mean,
    "RESHAPE": lambda options, constants, shapes: Told("reshape"),
    "TRANSPOSE": lambda options, constants, shapes: Told("permute"),
    "ADD": _joined("add"),
    "SUB": _joined("add", lambda number: -number),
    "MUL": _joined("multiply"),
    "CONCATENATION": _concat,
    "RESIZE_BILINEAR": _resize("linear"),
    "RESIZE_NEAREST_NEIGHBOR": _resize("nearest"),
    "RELU": lambda options, constants, shapes: _form("relu"),
    "RELU6": lambda options, constants, shapes: _form("relu6"),
    "LOGISTIC": lambda options, constants, shapes: _form("sigmoid"),
    "TANH": lambda options, constants, shapes: _form("tanh"),
    "HARD_SWISH": lambda options, constants, shapes: _form("hardswish"),
    "SOFTMAX": lambda options, constants, shapes: _form("softmax", axis=-1),
    "LEAKY_RELU": lambda options, constants, shapes: _form("leaky_relu", negative_slope=float(options.alpha)),
    "ELU": lambda options, constants, shapes: _form("elu", alpha=1.0),
    "GELU": lambda options, constants, shapes: _form("gelu_tanh" if options.approximate else "gelu"),
}
