"""The layers of mxnet.gluon.nn 1.9.1 that can be read from source."""

from __future__ import annotations

from typing import Any

from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
from ...cases.dtypes import INTEGERS
from ...cases.operations.pool_axis import PoolAxis
from ..signature import (
    FLAG,
    SIZES,
    WHOLE,
    Argument,
    Asides,
    Complete,
    Form,
    Layer,
    Parameters,
    Raises,
    Returns,
    as_read,
    empty_where_nothing_is_left,
    functions,
    ignored,
    in_axes,
    names,
    no_asides,
    only,
    or_none,
    or_zero,
    required,
    whole,
)

PREFIXES = "gluon.nn nn mx.gluon.nn mxnet.gluon.nn"
LAYOUTS = {1: ("NCW", "NWC"), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}


def _or_deferred(value: Any, rank: int) -> int | None:
    return whole(value, rank) or None


DEFERRED = Form("a whole number, or 0 to take it from the input", _or_deferred)


def _one_of(name: str, *values: str) -> Argument:
    return Argument(name, "", only(" or ".join(map(repr, values)), *values))


def _layout(known: tuple[str, ...]) -> Argument:
    def read(value: Any, rank: int) -> str:
        if value not in known:
            raise ValueError("is not handled by this version")
        return "last" if value.endswith("C") else "first"

    return Argument("layout", "layout", Form(" or ".join(map(repr, known)), read, known))


def _integers_refused(asked: Parameters, case: Case) -> list[str]:
    return [Raises("MXNet raises: its pools have no integers.")] if case.dtype in INTEGERS else []


def _pool_asides(asked: Parameters, case: Case) -> list[str]:
    """Return asides if the operator raises, or keeps windows that the case has not (pooling.cc)."""
    if refused := _integers_refused(asked, case):
        return refused
    if not isinstance(case.padding, str) and min(map(min, case.padding)) < 0:
        return [Raises("MXNet raises: padding may not be negative.")]
    case_axes = axes(case)
    if not case.ceil_mode or isinstance(case_axes, Invalid):
        return []
    pools = [axis for axis in case_axes if isinstance(axis, PoolAxis)]
    if any(axis.effective > axis.n + axis.before + axis.after for axis in pools):
        return [Raises("MXNet raises: a pool's window may not be larger than its padded input.")]
    where = list(dict.fromkeys(axis.too_late for axis in pools if axis.rounded_up != axis.output))
    if not where:
        return []
    output = tuple(axis.rounded_up for axis in pools)
    shown, starts = ",".join(map(str, output)), " or ".join(where)
    said = f"MXNet keeps a last window that starts {starts}, which other frameworks drop: its output is ({shown})."
    return [Returns.of(output, said)]


def _conv_refused(asked: Parameters, case: Case) -> list[str]:
    """Return asides if the operator raises on a CPU (convolution.cc, linalg_impl.h)."""
    if not isinstance(case.padding, str) and min(map(min, case.padding)) < 0:
        return [Raises("MXNet raises: padding may not be negative.")]
    lacks = case.dtype == "float16" and case.batch > 0
    return [Raises("MXNet raises: it has no float16 convolutions on a CPU.")] if lacks else []


def _transposed_refused(asked: Parameters, case: Case) -> list[str]:
    """Return asides if the operator raises on a CPU (deconvolution.cc)."""
    if case.rank == 3 and max(case.dilation) > 1:
        return [Raises("MXNet raises: it has no dilation in three dimensions.")]
    if case.rank == 3 and case.dtype == "float64":
        return [Raises("MXNet raises: it has no transposed convolutions of float64 in three dimensions.")]
    if any(o >= s for o, s in zip(case.output_padding or (0,) * case.rank, case.stride)):
        return [Raises("MXNet raises: output_padding must be smaller than strides.")]
    return _conv_refused(asked, case) or empty_where_nothing_is_left("MXNet", case)


def _everything(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a global pool, whose window is the whole input."""
    return {**parameters, "output_size": 1}


KERNELS = {
    "conv": lambda asked: "O#i" if asked.get("layout") == "last" else "Oi#",
    "conv_transpose": in_axes("Io#"),
}


def _layers(rank: int) -> tuple[Layer, ...]:
    channels = required("channels", "out_channels", WHOLE)
    kernel = required("kernel_size", "kernel", SIZES)
    strides = Argument("strides", "stride", SIZES, 1)
    padding = Argument("padding", "padding", SIZES, 0)
    output_padding = Argument("output_padding", "output_padding", or_zero(SIZES))
    last = (
        Argument("dilation", "dilation", SIZES, 1),
        Argument("groups", "groups", WHOLE, 1),
        _layout(LAYOUTS[rank][:1] if rank == 1 else LAYOUTS[rank]),
        *ignored("activation use_bias weight_initializer bias_initializer"),
        Argument("in_channels", "in_channels", DEFERRED),
    )
    # **kwargs are passed on; op_name and adj could turn one convolution into the other
    block = ignored("prefix params")
    conv = (*block, _one_of("op_name", "Convolution", "convolution"), Argument("adj", "", only("None", None)))
    transposed = (*block, _one_of("op_name", "Deconvolution", "deconvolution"))

    window = (
        Argument("pool_size", "kernel", SIZES, 2),
        Argument("strides", "stride", or_none(SIZES)),
        padding,
    )
    layout, ceil_mode = _layout(LAYOUTS[rank]), Argument("ceil_mode", "ceil_mode", FLAG, False)
    counted = Argument("count_include_pad", "count_include_pad", FLAG)
    # the position of the layout differs from pool to pool
    max_pool = (*window, ceil_mode, layout) if rank == 3 else (*window, layout, ceil_mode)
    average_pool = (*window, layout, ceil_mode) if rank == 1 else (*window, ceil_mode, layout)

    def layer(
        name: str,
        op: str,
        positional: tuple[Argument, ...],
        keyword_only: tuple[Argument, ...],
        asides: Asides = no_asides,
        complete: Complete = as_read,
    ) -> Layer:
        own = names(PREFIXES, name.replace("#", f"{rank}D"))
        kernel = KERNELS.get(op, in_axes(""))
        return Layer("MXNet", own, op, rank, positional, keyword_only, complete, asides, kernel=kernel)

    return (
        layer("Conv#", "conv", (channels, kernel, strides, padding, *last), conv, _conv_refused),
        layer(
            "Conv#Transpose",
            "conv_transpose",
            (channels, kernel, strides, padding, output_padding, *last),
            transposed,
            _transposed_refused,
        ),
        layer("MaxPool#", "max_pool", max_pool, (*block, *ignored("count_include_pad")), _pool_asides),
        layer("AvgPool#", "avg_pool", (*average_pool, counted), block, _pool_asides),
        layer("GlobalMaxPool#", "max_pool", (layout,), block, _integers_refused, _everything),
        layer("GlobalAvgPool#", "avg_pool", (layout,), block, complete=_everything),
    )


ADAPTIVE = Layer(
    "MXNet",
    functions("mx.nd.contrib mxnet.nd.contrib nd.contrib contrib F.contrib", "AdaptiveAvgPooling2D"),
    "avg_pool",
    2,
    (required("data"), Argument("output_size", "output_size", SIZES, 1)),
    data="data",
)
LAYERS = (*(layer for rank in (2, 1, 3) for layer in _layers(rank)), ADAPTIVE)
