"""The modules and functions of haiku 0.0.17 that can be read from source."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.case import Case
from ..signature import (
    SIZES,
    WHOLE,
    Argument,
    Form,
    Layer,
    Mirrors,
    Parameters,
    Unfit,
    effective,
    empty_where_nothing_fits,
    filled_up,
    functions,
    ignored,
    in_axes,
    is_pair,
    is_whole,
    only,
    per_axis,
    required,
    sequence,
    word,
)

PREFIXES = "hk haiku"
WORDS = ("SAME", "VALID", "SAME_LOWER")  # of a convolution, in upper and lower case
MIRRORED = Mirrors("Haiku applies this kernel mirrored: mirror weights from other frameworks.")
CROPS = "Haiku's numbers pad the stretched input; p is the crop that they amount to, not one of Haiku's own numbers."


def _padding(value: Any, rank: int) -> Any:
    """Return a word, or pairs: one pair is for every axis, also in a sequence of its own."""
    if isinstance(value, str):
        return word(value.upper(), WORDS).lower()
    if is_pair(value):
        return (value,) * rank
    return sequence(value * rank if isinstance(value, tuple) and len(value) == 1 else value, rank, is_pair)


def _of_word(value: Any, rank: int) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a word")
    return word(value, WORDS[:2]).lower()


def _transposed_padding(value: Any, rank: int) -> Any:
    return word(value, WORDS).lower() if isinstance(value, str) else sequence(value, rank, is_pair)


def _window(value: Any, rank: int) -> Any:
    """Return one number for all axes, or those of the spatial axes: the last is for the channels, maybe the first
    for the batch."""
    if is_whole(value):
        return value
    entries = sequence(value, min(max(len(value), 2), 5) if isinstance(value, tuple) else 2)
    if entries[-1] != 1:
        raise ValueError("has a window over the channels, which come last")
    return entries[1:-1] if len(entries) > 2 and entries[0] == 1 else entries[:-1]


PADDING = Form("{pairs}, a pair for every axis, or a word: 'SAME', 'VALID' or 'SAME_LOWER'", _padding, WORDS)
TRANSPOSED_PADDING = Form("{pairs}, 'SAME', 'VALID' or 'SAME_LOWER'", _transposed_padding, WORDS)
WORD = Form("'SAME' or 'VALID'", _of_word, WORDS[:2])
WINDOW = Form("a whole number, or one for each axis and a 1 for the channels", _window)

SHAPE = (
    required("output_channels", "out_channels", WHOLE),
    required("kernel_shape", "kernel", SIZES),
    Argument("stride", "stride", SIZES, 1),
)
FORMATS = ("channels_last", "N...C", "NWC", "NHWC", "NDHWC")
OTHERS = (*ignored("with_bias w_init b_init"), Argument("data_format", "", only("channels last", *FORMATS)))
MASK = Argument("mask", "", only("None", None))
CONV = (
    *(*SHAPE, Argument("rate", "dilation", SIZES, 1), Argument("padding", "padding", PADDING, "same"), *OTHERS, MASK),
    *(Argument("feature_group_count", "groups", WHOLE, 1), *ignored("name")),
)
TRANSPOSED = (
    *(*SHAPE, Argument("output_shape", "", only("None", None))),
    *(Argument("padding", "padding", TRANSPOSED_PADDING, "same"), *OTHERS, MASK, *ignored("name")),
)
POOL = (
    *(required("window_shape", "kernel", WINDOW), required("strides", "stride", WINDOW)),
    *(required("padding", "padding", WORD), Argument("channel_axis", "", only("-1", -1))),
)


def _empty(asked: Parameters, case: Case) -> list[str]:
    return empty_where_nothing_fits("Haiku", case)


def _cropped(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a transposed convolution with its padding, which is of the stretched input, as crops."""
    if parameters["padding"] == "valid":
        found = filled_up({**parameters, "dilation": 1}, rank)
        return {name: value for name, value in found.items() if name != "dilation"}
    extents = effective({**parameters, "dilation": 1}, rank)
    if parameters["padding"] == "same_lower":
        if set(per_axis(parameters["stride"], rank)) != {1}:
            raise Unfit("padding", "is not implemented by jax for transposed strides; expected 'SAME' or numbers")
        return {**parameters, "padding": tuple(((e - 1) // 2, e // 2) for e in extents)}
    if isinstance(parameters["padding"], str):
        return parameters
    pads = zip(extents, parameters["padding"])
    return {**parameters, "padding": tuple((e - 1 - before, e - 1 - after) for e, (before, after) in pads)}


def _transposed_asides(asked: Parameters, case: Case) -> list[str]:
    return [*_empty(asked, case), *([] if isinstance(asked["padding"], str) else [CROPS]), MIRRORED]


def _as_window(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a pool; one that fits no window to its strides is left for the case to refuse."""
    return {**parameters, "kernel": per_axis(parameters["kernel"], rank)}


def _layers(rank: int) -> tuple[Layer, ...]:
    own = functions(PREFIXES, f"Conv{rank}D")
    conv = Layer("Haiku", own, "conv", rank, CONV, asides=_empty, channels_last=True, kernel=in_axes("#iO"))
    transposed = replace(
        conv,
        names=functions(PREFIXES, f"Conv{rank}DTranspose"),
        op="conv_transpose",
        positional=TRANSPOSED,
        complete=_cropped,
        asides=_transposed_asides,
        kernel=in_axes("#OI"),
    )
    return conv, transposed


def _pools(name: str, function: str, op: str) -> tuple[Layer, ...]:
    module = Layer(
        "Haiku",
        functions(PREFIXES, name),
        op,
        0,
        (*POOL, *ignored("name")),
        (),
        _as_window,
        _empty,
        channels_last=True,
        rank_of_input=True,
    )
    of_value = replace(module, names=functions(PREFIXES, function), positional=(required("value"), *POOL), data="value")
    return module, of_value


LAYERS = (
    *(layer for rank in (2, 1, 3) for layer in _layers(rank)),
    *_pools("MaxPool", "max_pool", "max_pool"),
    *_pools("AvgPool", "avg_pool", "avg_pool"),
)
