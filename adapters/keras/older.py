"""The layers of TensorFlow 1 and Keras 1 that can be read from source: tf.layers, slim, and the words of Keras 1.

They are the layers of today under other names, with other defaults. Sources: ``legacy_tf_layers`` of tf-keras 2.21,
``layers/layers.py`` of tf-slim 1.1, which was tf.contrib.layers, and ``keras/layers`` of Keras 1.2.2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.case import Case
from ..signature import (
    SIZES,
    WHOLE,
    Argument,
    Asides,
    Complete,
    Form,
    Layer,
    Parameters,
    Prepare,
    as_given,
    as_read,
    functions,
    ignored,
    in_axes,
    names,
    no_asides,
    or_none,
    required,
    word,
)
from .signatures import (
    DATA_FORMAT,
    DILATION,
    FILTERS,
    KERNEL,
    PADDED,
    PADDING,
    PREFIXES,
    SEPARABLE_WEIGHTS,
    STRIDES,
    WEIGHTS,
    _conv_asides,
    _cropped,
    _per_channel,
    _transposed_asides,
)

TF_LAYERS = "tf.layers tf.compat.v1.layers tf1.layers tensorflow.layers"
SLIM = "slim tf_slim tf.contrib.slim tf.contrib.layers contrib.layers tcl"
INPUTS = required("inputs")
MULTIPLIER = Argument("depth_multiplier", "out_channels", WHOLE, 1)
STEP = required("strides", "stride", SIZES)  # tf.layers' pools have no default


def _function(
    prefixes: str,
    function_names: str,
    op: str,
    rank: int,
    arguments: tuple[Argument, ...],
    complete: Complete = as_read,
    asides: Asides = no_asides,
    kernel: str = "",
) -> Layer:
    own = functions(prefixes, *function_names.replace("#", f"{rank}d").split())
    return Layer(
        "TensorFlow",
        own,
        op,
        rank,
        (INPUTS, *arguments),
        complete=complete,
        asides=asides,
        data="inputs",
        channels_last=True,
        kernel=in_axes(kernel),
    )


def _undilated(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a transposed convolution, which has no dilation there."""
    return _cropped({**parameters, "dilation": 1}, rank, in_channels)


def _tf_layers(rank: int) -> tuple[Layer, ...]:
    more = ignored("trainable name reuse")
    conv = (FILTERS, KERNEL, STRIDES, PADDED, *DATA_FORMAT, DILATION, *WEIGHTS, *more)
    separable = (required("filters"), KERNEL, STRIDES, PADDED, *DATA_FORMAT, DILATION, MULTIPLIER, *SEPARABLE_WEIGHTS)
    transposed = (FILTERS, KERNEL, STRIDES, PADDED, *DATA_FORMAT, *WEIGHTS, *more)
    pool = (required("pool_size", "kernel", SIZES), STEP, PADDED, *DATA_FORMAT, *ignored("name"))
    made = [
        _function(TF_LAYERS, "conv#", "conv", rank, conv, asides=_conv_asides, kernel="#iO"),
        _function(TF_LAYERS, "max_pooling#", "max_pool", rank, pool),
        _function(TF_LAYERS, "average_pooling#", "avg_pool", rank, pool),
    ]
    if rank > 1:
        name = "conv#_transpose"
        made.append(
            _function(TF_LAYERS, name, "conv_transpose", rank, transposed, _undilated, _transposed_asides, "#OI")
        )
    if rank < 3:
        made.append(_in_two(TF_LAYERS, "separable_conv#", rank, (*separable, *more), _conv_asides))
    return tuple(made)


def _in_two(prefixes: str, name: str, rank: int, arguments: tuple[Argument, ...], asides: Asides) -> Layer:
    """Return a separable convolution, of which the depthwise part is read."""
    found = _function(prefixes, name, "conv", rank, arguments, _per_channel, asides, "#IM")
    return replace(found, first_part=f"layers.DepthwiseConv{rank}D")


FORMATS = {"NHWC": "last", "NWC": "last", "NDHWC": "last", "NCHW": "first", "NCW": "first", "NCDHW": "first"}
SCOPED = "slim's defaults, such as 'SAME' and a ReLU, are those outside of an arg_scope, which may set others."


def _layout(value: Any, rank: int) -> str | None:
    return None if value is None else FORMATS[word(value, tuple(FORMATS))]


def _slim_conv_asides(asked: Parameters, case: Case) -> list[str]:
    return [*_conv_asides(asked, case), SCOPED]


def _slim_transposed_asides(asked: Parameters, case: Case) -> list[str]:
    return [*_transposed_asides(asked, case), SCOPED]


def _slim_pool_asides(asked: Parameters, case: Case) -> list[str]:
    return [SCOPED] if case.stride == case.kernel else ["A pool of slim has a stride of 2 by default.", SCOPED]


def _slim(rank: int) -> tuple[Layer, ...]:
    layout = Argument("data_format", "layout", Form("'NHWC', 'NCHW' or None", _layout, tuple(FORMATS)))
    same, valid = (Argument("padding", "padding", PADDING, padding) for padding in ("same", "valid"))
    outputs, rate = required("num_outputs", "out_channels", WHOLE), Argument("rate", "dilation", SIZES, 1)
    by_one, by_two = (Argument("stride", "stride", SIZES, stride) for stride in (1, 2))
    dressed = ignored("activation_fn normalizer_fn normalizer_params weights_initializer")
    scoped = ignored("weights_regularizer biases_initializer biases_regularizer reuse variables_collections")
    scoped += ignored("outputs_collections trainable scope")
    conv = (outputs, KERNEL, by_one, same, layout, rate, *dressed, *scoped)
    transposed = (outputs, KERNEL, by_one, same, layout, *dressed, *scoped)
    pool = (KERNEL, by_two, valid, layout, *ignored("outputs_collections scope"))
    made = [_function(SLIM, "conv# convolution#", "conv", rank, conv, asides=_slim_conv_asides, kernel="#iO")]
    if rank > 1:
        made += [
            _function(SLIM, f"{name}_pool#", op, rank, pool, asides=_slim_pool_asides)
            for name, op in {"max": "max_pool", "avg": "avg_pool"}.items()
        ]
        own = "conv#_transpose convolution#_transpose"
        asides = _slim_transposed_asides
        made.append(_function(SLIM, own, "conv_transpose", rank, transposed, _undilated, asides, "#OI"))
    if rank == 2:
        parts = (required("num_outputs"), KERNEL, MULTIPLIER, by_one, same, layout, rate)
        both = (*parts, *dressed, *ignored("pointwise_initializer"), *scoped)
        made.append(_in_two(SLIM, "separable_conv# separable_convolution#", rank, both, _slim_conv_asides))
    return tuple(made)


SIDES = {1: ("filter_length",), 2: ("nb_row", "nb_col"), 3: ("kernel_dim1", "kernel_dim2", "kernel_dim3")}
KERAS_1_WORDS = frozenset({"border_mode", "subsample", "subsample_length", "dim_ordering", "nb_filter", "pool_length"})
KERAS_1 = "These are the arguments of Keras 1, read as on TensorFlow."


def _kernel(rank: int) -> Prepare:
    def prepare(parameters: Parameters, rank_: int) -> Parameters:
        rest = {name: value for name, value in parameters.items() if name not in SIDES[rank]}
        return {**rest, "kernel": tuple(parameters[side] for side in SIDES[rank])}

    return prepare


def _first_asides(asked: Parameters, case: Case) -> list[str]:
    return [KERAS_1]


def _keras_1(rank: int) -> tuple[Layer, ...]:
    layout = Argument("dim_ordering", "layout", Form("'tf', 'th' or 'default'", _ordering, ("tf", "th")))
    padding = Argument("border_mode", "padding", PADDING, "valid")
    one = rank == 1
    strides = Argument("subsample_length" if one else "subsample", "stride", SIZES, 1)
    pool_strides = Argument("stride" if one else "strides", "stride", or_none(SIZES))
    sides = tuple(required(side, side, WHOLE) for side in SIDES[rank])
    rest = ignored("W_regularizer b_regularizer activity_regularizer W_constraint b_constraint")
    rest += ignored("bias name trainable input_shape input_dim input_length batch_input_shape")
    filters, kinds = required("nb_filter", "out_channels", WHOLE), ignored("init activation weights")
    formats = () if one else (layout,)
    conv = (filters, *sides, *kinds, padding, strides, *formats, *rest)
    window = Argument("pool_length" if one else "pool_size", "kernel", SIZES, 2)
    pool = (window, pool_strides, padding, *formats, *ignored("name input_shape"))

    def layer(name: str, op: str, arguments: tuple[Argument, ...], prepare: Prepare = as_given) -> Layer:
        own = names(PREFIXES, name.replace("#", f"{rank}D"))
        kernel = in_axes("#iO" if op == "conv" else "")
        return Layer(
            "Keras",
            own,
            op,
            rank,
            arguments,
            prepare=prepare,
            asides=_first_asides,
            channels_last=True,
            kernel=kernel,
            only_with=KERAS_1_WORDS,
        )

    return (
        layer("Convolution#", "conv", conv, _kernel(rank)),
        layer("MaxPooling#", "max_pool", pool),
        layer("AveragePooling#", "avg_pool", pool),
    )


def _ordering(value: Any, rank: int) -> str | None:
    return {"tf": "last", "th": "first", "default": None}[word(value, ("tf", "th", "default"))]


LAYERS = tuple(layer for rank in (2, 1, 3) for layer in (*_tf_layers(rank), *_slim(rank), *_keras_1(rank)))
