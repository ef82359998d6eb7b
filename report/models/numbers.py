"""The output of a unit, in float64 with NumPy, and how far rounding can put a framework from it.

No framework's code takes part: settings and weights are those of the recording, and the arithmetic is that of the
reference of cases.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...adapters.models.kinds import CONVOLUTIONS, TRANSPOSED
from ...cases import arithmetic
from ...cases.case import Case
from ...cases.operations import OPS, Op
from ...cases.operations.table import operation
from .activations import FORMS

SPACING = {"float16": 2.0**-10, "float32": 2.0**-23, "float64": 2.0**-52}
FUNCTION = 16.0  # ULP of the larger of input and output, for functions such as exp and erf, and what follows them
POOLS = {"max_pool", "avg_pool"}
Settings = Mapping[str, Any]
Weights = Mapping[str, np.ndarray]


class NotEvaluated(Exception):
    """A unit whose arithmetic is not known, such as one of kind "other"."""


def evaluate(kind: str, settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    """Return the output of a unit on inputs, channels first. Raise NotEvaluated for one that is not known."""
    if kind not in EVALUATED:
        raise NotEvaluated(kind)
    wide = [np.asarray(x, np.float64) for x in xs]
    with np.errstate(all="ignore"):
        found: np.ndarray = EVALUATED[kind](settings, {n: np.asarray(w, np.float64) for n, w in weights.items()}, wide)
    return found


def case_of(kind: Op, settings: Settings, shape: Sequence[int], outputs: int = 1) -> Case:
    """Return the case of a convolution or pool on an input of a shape (N, C, *spatial)."""
    pads = tuple((int(b), int(a)) for b, a in settings["pads"])
    kernel, stride, dilation = (tuple(settings[name]) for name in ("kernel", "stride", "dilation"))
    modes = {"constant": "zeros", "edge": "replicate", "wrap": "circular"}
    mode = str(settings.get("mode", "zeros"))
    case = Case(tuple(shape[2:]), kernel, stride, pads, dilation, kind, shape[0], shape[1], outputs)
    if kind in POOLS:
        counts = settings.get("count_include_pad") if kind == "avg_pool" else None
        return replace(case, out_channels=shape[1], ceil_mode=bool(settings.get("ceil")), count_include_pad=counts)
    more = settings.get("output_padding")
    more = tuple(more) if more and any(more) else None
    groups = int(settings.get("groups", 1))
    return replace(case, groups=groups, output_padding=more, padding_mode=modes.get(mode, mode))


def terms(kind: str, weights: Weights, xs: Sequence[np.ndarray], settings: Settings) -> int:
    """Return how many products or numbers one output adds up."""
    if kind == TRANSPOSED:
        kernel = weights["kernel"]
        return int(kernel[:, 0].size // int(settings.get("groups", 1))) + 1
    if kind in ("conv", "dense"):
        return int(weights["kernel"][0].size) + 1
    if kind == "avg_pool":
        return math.prod(settings["kernel"])
    if kind == "mean":
        return math.prod(xs[0].shape[axis] for axis in settings["axes"])
    if kind in ("layer_norm", "instance_norm", "group_norm"):
        return int(xs[0][0].size)
    return 4


def bound(kind: str, settings: Settings, weights: Weights, xs: Sequence[np.ndarray], y: np.ndarray) -> np.ndarray:
    """Return how far rounding can put a framework's output from ``y``: (terms + 2) ULP of the magnitudes added up."""
    ulp = SPACING.get(y.dtype.name, SPACING["float32"])
    largest = max((float(np.abs(x).max(initial=0)) for x in xs), default=0.0)
    if kind in ("max_pool", "concat"):
        return np.zeros(())
    if kind in (*CONVOLUTIONS, "dense", "avg_pool", "mean", "batch_norm", "add"):
        sums = np.abs(_magnitudes(kind, settings, weights, xs))
        sums = sums.reshape(y.shape) if sums.size == y.size else sums
        return (terms(kind, weights, xs, settings) + 2) * ulp * np.where(np.isfinite(sums), sums, 0)
    if kind in ("layer_norm", "instance_norm", "group_norm"):
        long = math.sqrt(terms(kind, weights, xs, settings)) + FUNCTION
        return np.asarray(long * ulp * (np.abs(y) + np.abs(y).max(initial=1)))
    if kind == "activation":
        same = xs[0].shape == y.shape and settings.get("form") != "softmax"
        size = np.maximum(np.abs(xs[0]), np.abs(y)) if same else np.abs(y) * max(largest, 1)
        return np.asarray(FUNCTION * ulp * (size + (np.minimum(1, largest) if same else 0)))
    if kind == "resize":
        return np.asarray(ulp * (max(y.shape[2:], default=1) + FUNCTION) * largest)
    if kind == "way":
        return np.asarray(FUNCTION * ulp * np.abs(y).max(initial=0))  # of numbers that may cancel out
    return np.asarray(FUNCTION * ulp * np.abs(y))


def _magnitudes(kind: str, settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    """Return the sum of the magnitudes that each output adds up."""
    sizes = [np.abs(x) for x in xs]
    if kind == "batch_norm":
        by = {name: _by_channel(np.asarray(w, np.float64), xs[0].ndim) for name, w in weights.items()}
        slope = np.abs(by.get("scale", 1.0)) / np.sqrt(by["variance"] + settings["epsilon"])
        found: np.ndarray = (sizes[0] + np.abs(by["mean"])) * slope + np.abs(by.get("shift", 0.0))
        return found
    return evaluate(kind, settings, {name: np.abs(w) for name, w in weights.items()}, sizes)


def equal(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Return whether weights are the same numbers, in the narrower of their dtypes."""
    narrow = min(ours.dtype, theirs.dtype, key=lambda dtype: dtype.itemsize)
    return ours.shape == theirs.shape and np.array_equal(ours.astype(narrow), theirs.astype(narrow))


def nearly_equal(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Return whether weights are the same numbers but for the rounding of a batch norm that was folded into them."""
    if ours.shape != theirs.shape:
        return False
    largest = float(np.abs(ours).max(initial=0))
    off = float(np.abs(ours.astype(np.float64) - theirs).max(initial=0))
    return off <= FUNCTION * SPACING.get(theirs.dtype.name, SPACING["float32"]) * largest


def agree(y: np.ndarray, got: np.ndarray, allowed: np.ndarray) -> bool:
    """Return whether two outputs are as near as rounding explains; shapes of ones make no difference."""
    if y.shape != got.shape:
        if _squeezed(y) != _squeezed(got):
            return False
        got = got.reshape(y.shape)
    with np.errstate(invalid="ignore"):
        near = np.abs(got.astype(np.float64) - y) <= allowed
    return bool((near | (got == y) | (np.isnan(y) & np.isnan(got))).all())


def largest_difference(y: np.ndarray, got: np.ndarray) -> float:
    """Return the largest difference between two outputs; infinity if their shapes differ."""
    if _squeezed(y) != _squeezed(got):
        return math.inf
    with np.errstate(invalid="ignore"):
        off = np.abs(got.reshape(y.shape).astype(np.float64) - y)
    return float(np.nanmax(off, initial=0))


def _squeezed(array: np.ndarray) -> tuple[int, ...]:
    return tuple(size for size in array.shape if size != 1)


def _by_channel(w: np.ndarray, ndim: int) -> np.ndarray:
    return w.reshape((1, -1) + (1,) * (ndim - 2))


def _windowed(kind: Op) -> Any:
    def run(settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
        kernel, x = weights.get("kernel"), xs[0]
        outputs = 1
        if kernel is not None:
            outputs = kernel.shape[0] if kind == "conv" else kernel.shape[1] * int(settings.get("groups", 1))
        settings, x = _padded(kind, settings, x)
        case = case_of(kind, settings, x.shape, outputs)
        axes = arithmetic.axes(case)
        if isinstance(axes, arithmetic.Invalid):
            raise NotEvaluated(axes.reason)
        y = operation(case.op).evaluate(case, axes, x, kernel)
        if settings.get("divisor"):
            window = np.ones(x.shape[:1] + (1,) + x.shape[2:])
            y = y * operation(case.op).evaluate(replace(case, count_include_pad=False), axes, window, None)
            y = y * math.prod(settings["kernel"]) / settings["divisor"]
        return y + _by_channel(weights["bias"], y.ndim) if "bias" in weights else y

    return run


def _padded(kind: str, settings: Settings, x: np.ndarray) -> tuple[Settings, np.ndarray]:
    """Return settings without pads and a padded input, where a max pool pads with a number."""
    value = settings.get("value")
    if kind != "max_pool" or value is None:
        return settings, x
    pads = [(0, 0), (0, 0), *((int(b), int(a)) for b, a in settings["pads"])]
    return {**settings, "pads": [[0, 0]] * (x.ndim - 2)}, np.pad(x, pads, constant_values=value)


def _dense(settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    channels = settings.get("channels", -1)  # the axis that is multiplied
    y: np.ndarray = np.moveaxis(xs[0], channels, -1) @ weights["kernel"].T
    return np.moveaxis(y + weights["bias"] if "bias" in weights else y, -1, channels)


def _batch_norm(settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    by = {name: _by_channel(w, xs[0].ndim) for name, w in weights.items()}
    y: np.ndarray = (xs[0] - by["mean"]) / np.sqrt(by["variance"] + settings["epsilon"])
    return y * by.get("scale", 1.0) + by.get("shift", 0.0)


def _standardised(x: np.ndarray, axes: tuple[int, ...], epsilon: float) -> np.ndarray:
    y: np.ndarray = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)
    return y


def _layer_norm(settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    channels = settings.get("channels", -1)  # the axis that is the last one where the framework counts axes
    y = _standardised(np.moveaxis(xs[0], channels, -1), tuple(settings["axes"]), settings["epsilon"])
    return np.moveaxis(y * weights.get("scale", 1.0) + weights.get("shift", 0.0), -1, channels)


def _group_norm(settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    x = xs[0]
    grouped = x.reshape(x.shape[0], int(settings.get("groups", x.shape[1])), -1)
    y = _standardised(grouped, (2,), settings["epsilon"]).reshape(x.shape)
    by = {name: _by_channel(w, x.ndim) for name, w in weights.items()}
    return y * by.get("scale", 1.0) + by.get("shift", 0.0)


def _activation(settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    form = settings.get("form")
    if form not in FORMS:
        raise NotEvaluated(str(form))
    return FORMS[form](xs[0], settings.get("parameters", {}))


def _joined(settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    return np.asarray(sum(xs))


def _product(settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    return np.asarray(math.prod(xs))


def _mean(settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    return np.asarray(xs[0].mean(tuple(settings["axes"])))


def _resize(settings: Settings, weights: Weights, xs: Sequence[np.ndarray]) -> np.ndarray:
    from .resizing import resize

    return resize(xs[0], tuple(settings["size"]), str(settings["mode"]), str(settings["corners"]))


EVALUATED: dict[str, Any] = {
    **{kind: _windowed(kind) for kind in OPS},
    "dense": _dense,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "instance_norm": _group_norm,
    "activation": _activation,
    "add": _joined,
    "multiply": _product,
    "mean": _mean,
    "resize": _resize,
}
