"""The layers of Keras 3.15 that can be read from source, also under tf.keras."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.case import Case
from ..padding_forms import PER_SIDE, cropping
from ..signature import (
    DTYPE,
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
    effective,
    empty_where_nothing_is_left,
    filled_up,
    ignored,
    in_axes,
    names,
    no_asides,
    or_none,
    per_axis,
    required,
    word,
)
from .windows import crops_of_same

PREFIXES = "layers keras.layers tf.keras.layers tensorflow.keras.layers K.layers tfl tfkl KL"
WORDS = ("same", "valid")


def _padding_form(allowed: str, words: tuple[str, ...]) -> Form:
    def read(value: Any, rank: int) -> str:
        if not isinstance(value, str):
            raise ValueError("is not a word, and Keras does not take padding in numbers")
        return word(value.lower(), words)

    return Form(allowed, read, words)


PADDING = _padding_form("'same' or 'valid'", WORDS)
CAUSAL_TOO = _padding_form("'same', 'valid' or 'causal'", (*WORDS, "causal"))

FILTERS = required("filters", "out_channels", WHOLE)
KERNEL = required("kernel_size", "kernel", SIZES)
STRIDES = Argument("strides", "stride", SIZES, 1)
PADDED = Argument("padding", "padding", PADDING, "valid")


def _data_format(value: Any, rank: int) -> str | None:
    if value not in DATA_FORMATS:
        raise ValueError("is not known")
    return DATA_FORMATS[value]


DATA_FORMATS = {None: None, "channels_last": "last", "channels_first": "first"}
DATA_FORMAT = (
    Argument(
        "data_format",
        "layout",
        Form("'channels_last', 'channels_first' or None", _data_format, ("channels_last", "channels_first")),
    ),
)
CHANNELS_FIRST = (
    "TensorFlow on a CPU raises an error for channels first, unless oneDNN computes the layer, as it does in float32."
)
OUTPUT_PADDING = Argument("output_padding", "output_padding", or_none(SIZES))
DILATION = Argument("dilation_rate", "dilation", SIZES, 1)

WEIGHTS = ignored(
    "activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer "
    "activity_regularizer kernel_constraint bias_constraint"
)
DEPTHWISE_WEIGHTS = ignored(
    "activation use_bias depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer "
    "activity_regularizer depthwise_constraint bias_constraint"
)
SEPARABLE_WEIGHTS = ignored(
    "activation use_bias depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer "
    "pointwise_regularizer bias_regularizer activity_regularizer depthwise_constraint pointwise_constraint "
    "bias_constraint"
)
# **kwargs are passed on to Layer and BaseConv.
KWARGS = (DTYPE, *ignored("name trainable autocast input_shape input_dim"))
CONV_KWARGS = (*KWARGS, *ignored("lora_rank lora_alpha"))
POOL_KWARGS = (DTYPE, *ignored("name trainable autocast input_shape input_dim activity_regularizer"))


def _per_channel(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a depthwise convolution: each input channel is a group with depth_multiplier filters."""
    return {**parameters, "out_channels": in_channels * parameters["out_channels"], "groups": in_channels}


def _cropped(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a transposed convolution with the crops that Keras on TensorFlow makes."""
    padding, extra = parameters["padding"], parameters.get("output_padding")
    if padding == "valid" and extra is None:
        return filled_up(parameters, rank)
    if padding == "same" and extra is not None and min(per_axis(extra, rank)) >= 0:
        crops = tuple(crops_of_same(e, o) for e, o in zip(effective(parameters, rank), per_axis(extra, rank)))
        return {name: value for name, value in parameters.items() if name != "output_padding"} | {"padding": crops}
    return parameters


def _everything(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a global pool, whose window is the whole input."""
    return {**{name: value for name, value in parameters.items() if name != "keepdims"}, "output_size": 1}


def _flattened(asked: Parameters, case: Case) -> list[str]:
    """Return an aside if a global pool leaves out the spatial axes."""
    what = "Without keepdims=True, Keras leaves out the spatial axes of the output; elsewhere, flatten it."
    return [] if asked.get("keepdims") else [what]


def _channels_first(asked: Parameters, case: Case) -> list[str]:
    """Return an aside on channels first, which Keras passes on to TensorFlow's convolutions without groups.

    Measured in TensorFlow 2.21 on a CPU, with and without ``TF_ENABLE_ONEDNN_OPTS=0``.
    """
    first = asked.get("layout") == "first" and case.rank < 3 and case.groups == 1 and not case.pools
    return [CHANNELS_FIRST] if first else []


def _conv_asides(asked: Parameters, case: Case) -> list[str]:
    return [*_refused(asked, case), *_channels_first(asked, case)]


def _refused(asked: Parameters, case: Case) -> list[str]:
    """Return asides if ``BaseConv`` or ``BaseConvTranspose`` (keras/src/layers/convolutional) rejects the layer."""
    if max(case.stride) > 1 and max(case.dilation) > 1:
        return [Raises("Keras raises: strides > 1 cannot be combined with dilation_rate > 1.")]
    if any(o >= s for o, s in zip(per_axis(asked.get("output_padding", 0), case.rank), case.stride)):
        return [Raises("Keras raises: output_padding must be smaller than strides.")]
    return []


def _transposed_asides(asked: Parameters, case: Case) -> list[str]:
    said = [*_refused(asked, case), *_channels_first(asked, case)] or empty_where_nothing_is_left("Keras", case)
    if said or isinstance(case.padding, str):
        return said
    return ["Keras crops by a rule of its own if output_padding is given; these are the resulting numbers."]


def _layers(rank: int) -> tuple[Layer, ...]:
    def layer(
        classes: str,
        op: str,
        positional: tuple[Argument, ...],
        keyword_only: tuple[Argument, ...] = KWARGS,
        complete: Complete = as_read,
        asides: Asides = no_asides,
        kernel: str = "",
    ) -> Layer:
        own = classes.replace("#", f"{rank}D").split()
        # L.Convolution2D is Chainer's
        short = (f"L.{name}" for name in own if not name.startswith("Convolution"))
        own_names = (*names(PREFIXES, *own), *short)
        given = (own_names, op, rank, positional, keyword_only, complete, asides)
        return Layer("Keras", *given, channels_last=True, kernel=in_axes(kernel))

    padded = Argument("padding", "padding", CAUSAL_TOO if rank == 1 else PADDING, "valid")
    groups = Argument("groups", "groups", WHOLE, 1)
    conv = (FILTERS, KERNEL, STRIDES, padded, *DATA_FORMAT, DILATION, groups, *WEIGHTS)
    multiplier = Argument("depth_multiplier", "out_channels", WHOLE, 1)
    depthwise = (KERNEL, STRIDES, PADDED, multiplier, *DATA_FORMAT, DILATION, *DEPTHWISE_WEIGHTS)
    # Keras has these two in the opposite order in three dimensions.
    late = (*DATA_FORMAT, OUTPUT_PADDING) if rank == 3 else (OUTPUT_PADDING, *DATA_FORMAT)
    transposed = (FILTERS, KERNEL, STRIDES, PADDED, *late, DILATION, *WEIGHTS)
    window = (Argument("strides", "stride", or_none(SIZES)), PADDED, *DATA_FORMAT, *ignored("name"))
    max_pool = (Argument("pool_size", "kernel", SIZES, 2), *window)
    average_pool = (required("pool_size", "kernel", SIZES), *window)
    pads = (Argument("padding", "pads", PER_SIDE, ((1, 1),) * rank), *DATA_FORMAT)
    crops = (Argument("cropping", "pads", PER_SIDE, ((0 if rank == 2 else 1,) * 2,) * rank), *DATA_FORMAT)
    layers: tuple[Layer, ...] = (
        layer("ZeroPadding#", "pad", pads),
        layer("Cropping#", "pad", crops[: 1 if rank == 1 else 2], complete=cropping),
        layer("Conv# Convolution#", "conv", conv, CONV_KWARGS, asides=_conv_asides, kernel="#iO"),
        layer(
            "Conv#Transpose Convolution#Transpose",
            "conv_transpose",
            transposed,
            KWARGS,
            _cropped,
            _transposed_asides,
            "#OI",
        ),
        layer("MaxPooling# MaxPool#", "max_pool", max_pool, POOL_KWARGS),
        layer("AveragePooling# AvgPool#", "avg_pool", average_pool, POOL_KWARGS),
    )
    keepdims = (*DATA_FORMAT, Argument("keepdims", "keepdims", FLAG, False))
    size = (required("output_size", "output_size", SIZES), *DATA_FORMAT)
    for name, short, op in (("Max", "Max", "max_pool"), ("Average", "Avg", "avg_pool")):
        whole = f"Global{name}Pooling# Global{short}Pool#"
        layers = (*layers, layer(whole, op, keepdims, POOL_KWARGS, _everything, _flattened))
        layers = (*layers, layer(f"Adaptive{name}Pooling#", op, size, POOL_KWARGS))
    if rank == 3:
        return layers
    by_channel = layer("DepthwiseConv#", "conv", depthwise, KWARGS, _per_channel, kernel="#IM")
    separable = (required("filters"), KERNEL, STRIDES, PADDED, *DATA_FORMAT, DILATION, multiplier, *SEPARABLE_WEIGHTS)
    both = layer("SeparableConv# SeparableConvolution#", "conv", separable, KWARGS, _per_channel, kernel="#IM")
    return (*layers, by_channel, replace(both, first_part=by_channel.names[0]))


LAYERS = tuple(layer for rank in (2, 1, 3) for layer in _layers(rank))
