"""The layers of mxnet.gluon.nn 1.9.1 that can be read from source."""

from __future__ import annotations

from typing import Any

from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
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
    as_read,
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


def _last_windows(asked: Parameters, case: Case) -> list[str]:
    """Return asides if ceil mode has more windows than the case: MXNet's pooling convention ``full`` (pooling.cc)."""
    case_axes = axes(case)
    if not case.ceil_mode or isinstance(case_axes, Invalid):
        return []
    pools = [axis for axis in case_axes if isinstance(axis, PoolAxis)]
    where = list(dict.fromkeys(axis.too_late for axis in pools if axis.rounded_up != axis.output))
    if not where:
        return []
    output = ",".join(str(axis.rounded_up) for axis in pools)
    starts = " or ".join(where)
    return [f"MXNet keeps a last window that starts {starts}, which other frameworks drop: its output is ({output})."]


def _refused(asked: Parameters, case: Case) -> list[str]:
    """Return asides if the operator raises (deconvolution.cc)."""
    if any(o >= s for o, s in zip(case.output_padding or (0,) * case.rank, case.stride)):
        return [Raises("MXNet raises: output_padding must be smaller than strides.")]
    return []


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
        layer("Conv#", "conv", (channels, kernel, strides, padding, *last), conv),
        layer(
            "Conv#Transpose",
            "conv_transpose",
            (channels, kernel, strides, padding, output_padding, *last),
            transposed,
            _refused,
        ),
        layer("MaxPool#", "max_pool", max_pool, (*block, *ignored("count_include_pad")), _last_windows),
        layer("AvgPool#", "avg_pool", (*average_pool, counted), block, _last_windows),
        layer("GlobalMaxPool#", "max_pool", (layout,), block, complete=_everything),
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
