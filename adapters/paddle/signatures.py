"""The layers of paddle.nn 3.3 that can be read from source, by their names with ``paddle.nn`` in front.

A bare ``nn.Conv2D`` is MXNet's, which has other arguments.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.operations.table import operation
from ..conventions import same_pads
from ..padding_forms import FILL, LAST_FIRST, modes
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
    is_pair,
    is_whole,
    only,
    or_none,
    or_zero,
    outputs,
    per_axis,
    required,
    sequence,
    word,
)

WORDS = ("valid", "same")
LAYOUTS = {1: ("NCL", "NLC"), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}
CONVOLVED, POOLED = ("float32", "float64"), ("float32", "float64", "float16")  # dtypes that have kernels on a CPU
NO_DILATION = "PaddlePaddle 3.3.1 was seen to leave the dilation out where padding is 'same'."


def _padding(value: Any, rank: int) -> Any:
    """Return padding as a word, as one number, or as a pair for each axis."""
    if isinstance(value, str):
        return word(value.lower(), WORDS)
    if is_whole(value):
        return value
    if isinstance(value, tuple) and len(value) == rank + 2 and all(map(is_pair, value)):
        if any(map(any, value[:2])):
            raise ValueError("pads the batch or the channels")
        return value[2:]
    if isinstance(value, tuple) and len(value) == 2 * rank:
        sides = sequence(value, 2 * rank)
        return tuple(zip(sides[::2], sides[1::2]))
    return tuple((side, side) for side in sequence(value, rank))


def _layout(rank: int, *known: str) -> Argument:
    def read(value: Any, rank: int) -> str:
        if value not in known:
            raise ValueError("is not handled by this version")
        return "last" if value.endswith("C") else "first"

    return Argument("data_format", "layout", Form(" or ".join(map(repr, known)), read, known))


def _output_size(value: Any, rank: int) -> Any:
    if value is None or is_whole(value):
        return (value,) * rank
    return sequence(value, rank, lambda size: size is None or is_whole(size))


def _sized(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return parameters with the size of the input where an adaptive pool keeps it."""
    asked = parameters["output_size"]
    return {**parameters, "output_size": tuple(n if size is None else size for size, n in zip(asked, input))}


PADDING = Form("a whole number, {each}, both sides of each axis in one sequence, 'same' or 'valid'", _padding, WORDS)
MODE = modes("zeros", "reflect", "replicate", "circular")
CHANNELS = (required("in_channels", "in_channels", WHOLE), required("out_channels", "out_channels", WHOLE))
KERNEL, STRIDE = required("kernel_size", "kernel", SIZES), Argument("stride", "stride", SIZES, 1)
PADDED = Argument("padding", "padding", PADDING, 0)
DILATION, GROUPS = Argument("dilation", "dilation", SIZES, 1), Argument("groups", "groups", WHOLE, 1)
ATTRIBUTES = ignored("weight_attr bias_attr")
OUTPUT_PADDING = Argument("output_padding", "output_padding", or_zero(SIZES))
CONV = (*CHANNELS, KERNEL, STRIDE, PADDED, DILATION, GROUPS)
TRANSPOSED = (*CHANNELS, KERNEL, STRIDE, PADDED, OUTPUT_PADDING)
WINDOW = (KERNEL, Argument("stride", "stride", or_none(SIZES)), PADDED)
CEIL = Argument("ceil_mode", "ceil_mode", FLAG, False)
EXCLUSIVE = Argument("exclusive", "exclusive", FLAG, True)
DIVISOR = Argument("divisor_override", "divisor_override", or_none(WHOLE))
NAME = ignored("name")
NO_MASK = Argument("return_mask", "", only("False", False))
OUTPUT_SIZE = required("output_size", "output_size", Form("a whole number, None or {each}", _output_size))


def _average(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of an average pool, which counts its padding unless that is excluded."""
    found = {name: value for name, value in parameters.items() if name != "exclusive"}
    return {**found, "count_include_pad": not parameters["exclusive"]}


def _cropping_same(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return the parameters of a transposed convolution, which for 'same' crops the pads of a convolution.

    Source: ``UpdatePaddingAndDilation`` in phi/kernels/cpu/conv_util.h, which both operations call with their input.
    """
    if parameters["padding"] != "same":
        return parameters
    rank = len(input)
    kernel, stride, dilation = (per_axis(parameters[name], rank) for name in ("kernel", "stride", "dilation"))
    return {**parameters, "padding": same_pads(Case(input, kernel, stride, "same", dilation))}


def _lacking(dtypes: tuple[str, ...], layers: str, case: Case) -> list[str]:
    """Return an aside if layers have no kernel for the dtype of a case."""
    return (
        [] if case.dtype in dtypes else [Raises(f"PaddlePaddle raises: it has no {layers} of {case.dtype} on a CPU.")]
    )


def _negative(case: Case) -> list[str]:
    pads = () if isinstance(case.padding, str) else case.padding
    if min((side for pair in pads for side in pair), default=0) < 0:
        return [Raises("PaddlePaddle raises: the padding of a convolution may not be negative.")]
    return []


def _conv_asides(asked: Parameters, case: Case) -> list[str]:
    if asked["padding_mode"] != "zeros" and not is_whole(asked["padding"]):
        return [Raises("PaddlePaddle raises: with a padding_mode, padding has to be one number.")]
    refused = _lacking(CONVOLVED, "convolutions", case) or _negative(case)
    fits = min(outputs(case)) > 0
    none = [] if fits else _of_sizes("a convolution", case, _sizes(case))
    return refused or [*_left_out(case), *none]


def _transposed_asides(asked: Parameters, case: Case) -> list[str]:
    if refused := _lacking(CONVOLVED, "transposed convolutions", case) or _negative(case):
        return refused
    below = case.stride if case.batch else tuple(map(max, case.stride, case.dilation))
    if any(more >= least for more, least in zip(case.output_padding or (0,) * case.rank, below)):
        return [Raises("PaddlePaddle raises: output_padding must be smaller than stride.")]
    return [*_left_out(case), *empty_where_nothing_is_left("PaddlePaddle", case)]


def _left_out(case: Case) -> list[str]:
    return [NO_DILATION] if case.padding == "same" and max(case.dilation) > 1 else []


def _pool_asides(asked: Parameters, case: Case) -> list[str]:
    if refused := _lacking(POOLED, "pools", case):
        return refused
    if case.ceil_mode and case.padding == "valid":
        return [Raises("PaddlePaddle raises: with padding='valid', ceil_mode has to be False.")]
    return _of_sizes("a pool", case, _sizes(case, case.ceil_mode))


def _adaptive_asides(asked: Parameters, case: Case) -> list[str]:
    return _lacking(CONVOLVED if case.op == "max_pool" else POOLED, "such pools", case)


def _sizes(case: Case, up: bool = False) -> tuple[int, ...]:
    """Return the sizes of an output as PaddlePaddle has them: C++ rounds a quotient below zero up (``ConvOutSize``)."""
    along = [operation(case.op).axis(case, i) for i in range(case.rank)]
    return tuple(_windows(axis, up) for axis in along)


def _windows(axis: Axis, up: bool) -> int:
    room = axis.n + axis.before + axis.after - axis.effective + (axis.stride - 1 if up else 0)
    return (room // axis.stride if room >= 0 else -(-room // axis.stride)) + 1


def _of_sizes(what: str, case: Case, sizes: tuple[int, ...]) -> list[str]:
    """Return an aside if the sizes of an output are not those of the case, or it has none."""
    along = axes(case)
    if not isinstance(along, Invalid) and sizes == tuple(axis.output for axis in along):
        return []
    if min(sizes) < 0:
        return [Raises(f"PaddlePaddle raises: the output of {what} may not have a negative size.")]
    shown = ",".join(map(str, sizes))
    kept = "returns no elements where no window fits" if 0 in sizes else "keeps windows that hold nothing but padding"
    return [Returns.of(sizes, f"PaddlePaddle {kept}: its output is ({shown}).")]


def _in_mode(mode: str, parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    return {"mode": mode, **parameters}


def _layers(rank: int) -> tuple[Layer, ...]:
    layout = _layout(rank, *LAYOUTS[rank])
    first = _layout(rank, LAYOUTS[rank][0])  # for layers that have no other in one dimension

    def layer(
        name: str,
        op: str,
        positional: tuple[Argument, ...],
        keyword_only: tuple[Argument, ...] = (),
        asides: Asides = _pool_asides,
        complete: Complete = as_read,
        **more: Any,
    ) -> Layer:
        own = functions("paddle.nn", name.replace("#", f"{rank}D"))
        return Layer("PaddlePaddle", own, op, rank, positional, keyword_only, complete, asides, **more)

    of_conv = (
        *(*ignored("bias"), Argument("padding_mode", "padding_mode", MODE, "zeros")),
        *(*ignored("device dtype"), *ATTRIBUTES, layout),
    )
    last = (GROUPS, DILATION) if rank == 1 else (DILATION, GROUPS)
    shaped = () if rank == 1 else (layout,)
    rounded = (EXCLUSIVE, CEIL) if rank == 1 else (CEIL, EXCLUSIVE, DIVISOR)
    sizes = (OUTPUT_SIZE,)
    pads = required("padding", "pads", LAST_FIRST)
    pad_mode = Argument("mode", "mode", modes("constant", "reflect", "replicate", "circular"))
    return (
        layer("Conv#", "conv", CONV, of_conv, _conv_asides, kernel=in_axes("Oi#")),
        layer(
            "Conv#Transpose",
            "conv_transpose",
            (*TRANSPOSED, *last, *ATTRIBUTES, layout),
            (),
            _transposed_asides,
            kernel=in_axes("Io#"),
            fit=_cropping_same,
        ),
        layer("MaxPool#", "max_pool", (*WINDOW, NO_MASK, CEIL, *shaped, *NAME)),
        layer("AvgPool#", "avg_pool", (*WINDOW, *rounded, *shaped, *NAME), complete=_average),
        layer("AdaptiveMaxPool#", "max_pool", (*sizes, NO_MASK, *NAME), (), _adaptive_asides, fit=_sized),
        layer("AdaptiveAvgPool#", "avg_pool", (*sizes, *shaped, *NAME), (), _adaptive_asides, fit=_sized),
        layer(
            "Pad#",
            "pad",
            (pads, pad_mode, Argument("value", "fill", FILL), first, *NAME),
            asides=lambda asked, case: [],
        ),
        layer(
            "ZeroPad#", "pad", (pads, first, *NAME), asides=lambda asked, case: [], complete=partial(_in_mode, "zeros")
        ),
    )


LAYERS = tuple(layer for rank in (2, 1, 3) for layer in _layers(rank))
