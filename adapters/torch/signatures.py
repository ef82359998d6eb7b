"""The layers of torch.nn 2.13 that can be read from source."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ...cases.case import Case
from ...cases.dtypes import INTEGERS
from ..padding_forms import FILL, LAST_FIRST
from ..signature import (
    DTYPE,
    FLAG,
    SIZED,
    SIZES,
    WHOLE,
    Argument,
    Form,
    Layer,
    NoKernel,
    Parameters,
    Raises,
    Unfit,
    effective,
    ignored,
    in_axes,
    is_whole,
    names,
    only,
    or_none,
    or_zero,
    per_axis,
    required,
    sequence,
    word,
)

WORDS = ("same", "valid")
MODES = ("zeros", "reflect", "replicate", "circular")


def _stretched(value: Any, rank: int) -> Any:
    # torch stretches a sequence of one over all axes, except for the kernel of a convolution
    if isinstance(value, tuple) and len(value) == 1:
        return sequence(value, 1)[0]
    return value if is_whole(value) else sequence(value, rank)


def _padding(value: Any, rank: int) -> Any:
    return word(value, WORDS) if isinstance(value, str) else _stretched(value, rank)


def _mode(value: Any, rank: int) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a word")
    return word(value, MODES)


STRETCHED = Form("a whole number or {each}", _stretched)
PADDING = Form("a whole number, {each}, 'same' or 'valid'", _padding, WORDS)
MODE = Form("'zeros', 'reflect', 'replicate' or 'circular'", _mode, MODES)

IN_CHANNELS = required("in_channels", "in_channels", WHOLE)

CONV = (
    required("out_channels", "out_channels", WHOLE),
    required("kernel_size", "kernel", SIZES),
    Argument("stride", "stride", STRETCHED, 1),
    Argument("padding", "padding", PADDING, 0),
    Argument("dilation", "dilation", STRETCHED, 1),
    Argument("groups", "groups", WHOLE, 1),
    *ignored("bias"),
    Argument("padding_mode", "padding_mode", MODE, "zeros"),
    *ignored("device"),
    DTYPE,
)
TRANSPOSED = (
    required("out_channels", "out_channels", WHOLE),
    required("kernel_size", "kernel", SIZES),
    Argument("stride", "stride", STRETCHED, 1),
    Argument("padding", "padding", STRETCHED, 0),
    Argument("output_padding", "output_padding", or_zero(STRETCHED)),
    Argument("groups", "groups", WHOLE, 1),
    *ignored("bias"),
    Argument("dilation", "dilation", STRETCHED, 1),
    Argument("padding_mode", "", only("'zeros'", "zeros")),
    *ignored("device"),
    DTYPE,
)
WINDOW = (
    required("kernel_size", "kernel", STRETCHED),
    Argument("stride", "stride", or_none(STRETCHED)),
    Argument("padding", "padding", STRETCHED, 0),
)
MAX_POOL = (
    *WINDOW,
    Argument("dilation", "dilation", STRETCHED, 1),
    *ignored("return_indices"),
    Argument("ceil_mode", "ceil_mode", FLAG, False),
)
AVERAGE_POOL = (
    *WINDOW,
    Argument("ceil_mode", "ceil_mode", FLAG, False),
    Argument("count_include_pad", "count_include_pad", FLAG),
)


def _output_size(value: Any, rank: int) -> Any:
    if value is None or is_whole(value):
        return (value,) * rank
    return sequence(value, rank, lambda size: size is None or is_whole(size))


def sized(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return parameters with the size of the input where an adaptive pool keeps it."""
    asked = parameters["output_size"]
    return {**parameters, "output_size": tuple(n if size is None else size for size, n in zip(asked, input))}


OUTPUT_SIZE = required("output_size", "output_size", Form("a whole number, None or {each}", _output_size))
ADAPTIVE = {"max_pool": (OUTPUT_SIZE, *ignored("return_indices")), "avg_pool": (OUTPUT_SIZE,)}
NO_CHANNELS = required("in_channels", form=only("0, as PyTorch prints it", 0))
PADS = required("padding", "pads", LAST_FIRST)
DIVISOR = Argument("divisor_override", "divisor_override", or_none(WHOLE))


def _output_of_call(value: Any, rank: int) -> Any:
    """Return the spatial sizes of an output, which may come after those of the batch and the channels."""
    if value is None:
        return None
    whole = isinstance(value, tuple) and len(value) == rank + 2
    return sequence(value, rank + 2)[2:] if whole else sequence(value, rank)


OF_CALL = (Argument("output_size", "output", Form("whole numbers, {each}, or None", _output_of_call)),)


def _to_output_size(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return the parameters of a transposed convolution with the output padding that gives the size asked for, if any.

    Source: ``_ConvTransposeNd._output_padding`` of torch 2.13, which does not look at the layer's own output padding.
    """
    if "output" not in parameters:
        return parameters
    found = {name: value for name, value in parameters.items() if name not in ("output", "output_padding")}
    strides, paddings = (per_axis(parameters[name], len(input)) for name in ("stride", "padding"))
    extents = effective(parameters, len(input))
    least = [(n - 1) * s - 2 * p + e for n, s, p, e in zip(input, strides, paddings, extents)]
    extra = tuple(out - size for out, size in zip(parameters["output"], least))
    if not all(0 <= more < s for more, s in zip(extra, strides)):
        sizes = " and ".join(f"{size} to {size + s - 1}" for size, s in zip(least, strides))
        on = "x".join(map(str, input))
        raise Unfit("output", f"is no output size of this layer on {on}, where PyTorch raises; expected {sizes}")
    return {**found, "output_padding": extra} if any(extra) else found


def _conv_refused(asked: Parameters, case: Case) -> list[str]:
    """Return asides if torch.nn.modules.conv or the convolution itself raises."""
    if case.padding == "same" and max(case.stride) > 1:
        return [Raises("PyTorch raises: its padding='same' needs stride 1. The numbers are those of XLA's 'same'.")]
    return _empty(case) or (_negative(case) if case.padding_mode == "zeros" else [])


def _transposed_refused(asked: Parameters, case: Case) -> list[str]:
    extra = case.output_padding or (0,) * case.rank
    if case.batch and any(o >= max(s, d) for o, s, d in zip(extra, case.stride, case.dilation)):
        return [Raises("PyTorch raises: its output_padding must be smaller than stride or dilation.")]
    return [*([SIZED] if "output" in asked else []), *(_empty(case) or _negative(case))]


def _average_refused(asked: Parameters, case: Case) -> list[str]:
    """Return asides if the average pool raises; that in three dimensions has rules of its own (Pool.h)."""
    if case.rank == 3 and any(k > n for k, n in zip(case.kernel, case.input)):
        return [Raises("PyTorch raises: the kernel_size of AvgPool3d may not be larger than its input.")]
    refused = _pool_refused(asked, case)
    if case.rank == 3 and case.dtype in ("float16", "bfloat16") and not refused:
        return [NoKernel(f"PyTorch raises: it has no AvgPool3d of {case.dtype} on a CPU.")]
    return refused


def adaptive_refused(asked: Parameters, case: Case) -> list[str]:
    """Return an aside if an adaptive pool has no kernel for the dtype."""
    if case.dtype in INTEGERS:
        return [NoKernel("PyTorch raises: it has no adaptive max pools of integers on a CPU.")]
    return []


def _pool_refused(asked: Parameters, case: Case) -> list[str]:
    if any(p > k // 2 for p, k in zip(_sides(case), case.kernel)):
        return [Raises("PyTorch raises: the padding of its pools may be at most half of kernel_size.")]
    negative = _negative(case)
    if case.rank == 1 and case.dtype in INTEGERS and not negative:
        return [NoKernel("PyTorch raises: it has no MaxPool1d of integers on a CPU.")]
    return negative


def _empty(case: Case) -> list[str]:
    return [Raises("PyTorch raises: the input of a convolution may not be empty.")] if 0 in case.input else []


def _negative(case: Case) -> list[str]:
    return [Raises("PyTorch raises: its padding may not be negative.")] if min(_sides(case), default=0) < 0 else []


def _sides(case: Case) -> tuple[int, ...]:
    """Return the padding of each axis if it is in numbers, of which PyTorch has one for both sides."""
    return () if isinstance(case.padding, str) else tuple(before for before, _ in case.padding)


REFUSED = {
    "conv": _conv_refused,
    "conv_transpose": _transposed_refused,
    "max_pool": _pool_refused,
    "avg_pool": _average_refused,
}


KERNELS = {"conv": "Oi#", "conv_transpose": "Io#"}


def _as_printed(argument: Argument) -> Argument:
    """Return the argument with words that may be written without quotes."""
    return replace(argument, form=replace(argument.form, unquoted=True)) if argument.form else argument


def _printed(layer: Layer, in_channels: Argument, rest: tuple[Argument, ...]) -> Layer:
    """Return the layer as PyTorch prints it: its bare name, both numbers of channels, and everything else by name."""
    printed = tuple(map(_as_printed, (in_channels, *rest)))
    return replace(layer, names=layer.names[-1:], positional=printed[:2], keyword_only=printed[2:], printed=True)


def _pads(rank: int) -> tuple[Layer, ...]:
    """Return the padding layers, whose numbers are one for all sides, or two per axis, the last axis first."""

    def layer(name: str, mode: str, *arguments: Argument) -> Layer:
        own = names("nn torch.nn", f"{name}{rank}d")
        complete = partial(_in_mode, mode)
        return Layer("PyTorch", own, "pad", rank, (PADS, *arguments), complete=complete)

    return (
        layer("ZeroPad", "zeros"),
        layer("ConstantPad", "zeros", required("value", "fill", FILL)),
        layer("ReflectionPad", "reflect"),
        layer("ReplicationPad", "replicate"),
        layer("CircularPad", "circular"),
    )


def _in_mode(mode: str, parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    return {**parameters, "mode": mode}


def _layers(rank: int) -> tuple[Layer, ...]:
    def layer(name: str, op: str, arguments: tuple[Argument, ...]) -> Layer:
        own = names("nn torch.nn", f"{name}{rank}d")
        return Layer("PyTorch", own, op, rank, arguments, asides=REFUSED[op], kernel=in_axes(KERNELS.get(op, "")))

    def transposed(name: str, arguments: tuple[Argument, ...]) -> Layer:
        return replace(layer(name, "conv_transpose", arguments), fit=_to_output_size, applied=OF_CALL)

    def adaptive(name: str, op: str) -> Layer:
        own = names("nn torch.nn", f"Adaptive{name}Pool{rank}d")
        return Layer("PyTorch", own, op, rank, ADAPTIVE[op], fit=sized, asides=adaptive_refused)

    conv = layer("Conv", "conv", (IN_CHANNELS, *CONV))
    lazy_conv = layer("LazyConv", "conv", CONV)
    lazy_transposed = transposed("LazyConvTranspose", TRANSPOSED)
    return (
        *(conv, _printed(conv, IN_CHANNELS, CONV)),
        *(lazy_conv, _printed(lazy_conv, NO_CHANNELS, CONV)),
        transposed("ConvTranspose", (IN_CHANNELS, *TRANSPOSED)),
        *(lazy_transposed, _printed(lazy_transposed, NO_CHANNELS, TRANSPOSED)),
        layer("MaxPool", "max_pool", MAX_POOL),
        layer("AvgPool", "avg_pool", AVERAGE_POOL if rank == 1 else (*AVERAGE_POOL, DIVISOR)),
        adaptive("Max", "max_pool"),
        adaptive("Avg", "avg_pool"),
        *_pads(rank),
    )


LAYERS = tuple(layer for rank in (2, 1, 3) for layer in _layers(rank))
