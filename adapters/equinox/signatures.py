"""The layers of equinox.nn 0.13 that can be read from source."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.case import Case
from ..signature import (
    DTYPE,
    FLAG,
    SIZES,
    WHOLE,
    Argument,
    Form,
    Layer,
    Mirrors,
    Parameters,
    Raises,
    Unfit,
    effective,
    empty_where_nothing_fits,
    functions,
    ignored,
    in_axes,
    is_pair,
    is_whole,
    or_zero,
    per_axis,
    required,
    sequence,
    word,
)

PREFIXES = "eqx.nn equinox.nn"
WORDS = ("SAME", "VALID", "SAME_LOWER")  # in upper and lower case
MODES = ("ZEROS", "REFLECT", "REPLICATE", "CIRCULAR")
ONE_SIZE = "The padding is worked out for this input size; at another size it may be another."
MIRRORED = Mirrors("Equinox applies this kernel mirrored: mirror weights from transposed convolutions elsewhere.")


def _numbers(value: Any, rank: int) -> Any:
    if is_whole(value):
        return value
    pairs = isinstance(value, tuple) and any(isinstance(entry, tuple) for entry in value)
    return sequence(value, rank, is_pair if pairs else is_whole)


def _padding(value: Any, rank: int) -> Any:
    return word(value.upper(), WORDS).lower() if isinstance(value, str) else _numbers(value, rank)


def _mode(value: Any, rank: int) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a word")
    return word(value.upper(), MODES).lower()


def _zeros(value: Any, rank: int) -> None:
    if not isinstance(value, str) or value.upper() != "ZEROS":
        raise ValueError("is not handled by this version")


NUMBERS = Form("a whole number, {each}, or {pairs}", _numbers)
PADDING = Form("a whole number, {each}, {pairs}, or a word: 'SAME', 'VALID' or 'SAME_LOWER'", _padding, WORDS)
MODE = Form("'ZEROS', 'REFLECT', 'REPLICATE' or 'CIRCULAR'", _mode, MODES)
PAD = Argument("padding", "padding", PADDING, 0)
STRIDE = Argument("stride", "stride", SIZES, 1)

CHANNELS = (required("in_channels", "in_channels", WHOLE), required("out_channels", "out_channels", WHOLE))
KERNEL = required("kernel_size", "kernel", SIZES)
REST = (Argument("dilation", "dilation", SIZES, 1), Argument("groups", "groups", WHOLE, 1), *ignored("use_bias"))
CONV = (*CHANNELS, KERNEL, STRIDE, PAD, *REST, Argument("padding_mode", "padding_mode", MODE, "zeros"), DTYPE)
TRANSPOSED = (  # output_padding comes before padding
    *(*CHANNELS, KERNEL, STRIDE, Argument("output_padding", "output_padding", or_zero(SIZES)), PAD),
    *(*REST, Argument("padding_mode", "", Form("'ZEROS'", _zeros)), DTYPE),
)
POOL = (
    *(KERNEL, STRIDE, Argument("padding", "padding", NUMBERS, 0)),
    Argument("use_ceil", "use_ceil", FLAG, False),
)
TARGET = (required("target_shape", "output_size", SIZES),)


def _empty(asked: Parameters, case: Case) -> list[str]:
    return empty_where_nothing_fits("Equinox", case)


def _conv_asides(asked: Parameters, case: Case) -> list[str]:
    negative = not isinstance(case.padding, str) and min(map(min, case.padding)) < 0
    if negative and not case.pads_zeros:
        return [Raises("Equinox raises: padding in a mode other than ZEROS may not be negative.")]
    return _empty(asked, case)


def _transposed_asides(asked: Parameters, case: Case) -> list[str]:
    if any(more >= s for more, s in zip(per_axis(asked.get("output_padding", -1), case.rank), case.stride)):
        return [Raises("Equinox raises: its output_padding must be smaller than stride.")]
    return [*_empty(asked, case), MIRRORED]


def _pool_asides(asked: Parameters, case: Case) -> list[str]:
    said = [ONE_SIZE] if asked["use_ceil"] else []
    if not isinstance(case.padding, str) and any(max(pair) > k for pair, k in zip(case.padding, case.kernel)):
        why = " (use_ceil=True adds the stride to that at the far end)" if said else ""
        return [Raises(f"Equinox raises: the padding of its pools may be at most kernel_size{why}.")]
    return [*said, *_empty(asked, case)]


def _rounded(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return the parameters of a pool with the padding that use_ceil adds: the stride, where the windows leave a rest.

    Source: ``Pool._update_padding_for_ceil`` of Equinox 0.13.8.
    """
    found = {name: value for name, value in parameters.items() if name != "use_ceil"}
    if not parameters["use_ceil"]:
        return found
    rank = len(input)
    pads = [per_axis(pad, 2) for pad in per_axis(parameters["padding"], rank)]
    rows = zip(input, pads, effective({**parameters, "dilation": 1}, rank), per_axis(parameters["stride"], rank))
    wide = tuple((b, a + (s if s and (n + b + a - k) % s else 0)) for n, (b, a), k, s in rows)
    return {**found, "padding": wide}


def _counted(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    return {**parameters, "count_include_pad": True}


def _lessened(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a transposed convolution whose word crops output_padding as well, and adds it nowhere.

    Source: ``ConvTranspose._padding_transpose`` of Equinox 0.13.8, and its documentation.
    """
    lower = parameters["padding"] == "same_lower"
    if "output_padding" not in parameters or not (lower or parameters["padding"] == "same"):
        return parameters
    strides, extra = (per_axis(parameters[name], rank) for name in ("stride", "output_padding"))
    totals = [e - s + more for e, s, more in zip(effective(parameters, rank), strides, extra)]
    nears = [(total + lower) // 2 if total > 0 else 0 for total in totals]
    crops = tuple((near, total - near) for near, total in zip(nears, totals))
    return {name: value for name, value in {**parameters, "padding": crops}.items() if name != "output_padding"}


def _divided(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return the parameters of an adaptive pool, if it divides the input as any other does. Raise Unfit.

    Where it does not divide it evenly, Equinox 0.13.8 has windows of two sizes, the larger ones first.
    """
    sizes = per_axis(parameters["output_size"], len(input))
    if any(o < 1 or n % o for n, o in zip(input, sizes)):
        raise Unfit("output_size", "has windows of two sizes, the larger first; expected divisors of the input's sizes")
    return {**parameters, "output_size": sizes}


def _layers(rank: int) -> tuple[Layer, ...]:
    def named(name: str) -> tuple[str, ...]:
        return functions(PREFIXES, f"{name}{rank}d")

    key = ignored("key")
    conv = Layer("Equinox", named("Conv"), "conv", rank, CONV, key, asides=_conv_asides, kernel=in_axes("Oi#"))
    transposed = replace(
        conv,
        names=named("ConvTranspose"),
        op="conv_transpose",
        positional=TRANSPOSED,
        complete=_lessened,
        asides=_transposed_asides,
        kernel=lambda asked: "OI#" if asked["groups"] == 1 else "",
    )
    most = Layer("Equinox", named("MaxPool"), "max_pool", rank, POOL, asides=_pool_asides, fit=_rounded)
    mean = replace(most, names=named("AvgPool"), op="avg_pool", complete=_counted)
    adaptive = Layer("Equinox", named("AdaptiveMaxPool"), "max_pool", rank, TARGET, fit=_divided)
    found = (conv, transposed, most, mean, adaptive, replace(adaptive, names=named("AdaptiveAvgPool"), op="avg_pool"))
    return tuple(replace(layer, unbatched=True) for layer in found)


LAYERS = tuple(layer for rank in (2, 1, 3) for layer in _layers(rank))
