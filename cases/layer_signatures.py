"""The convolution layers that can be read from source, with the signatures they have today.

Versions: torch 2.13, Keras 3.15, flax.linen 0.12, mxnet.gluon 1.9.1. Arguments stand in the framework's own order
with its own defaults; what an argument may hold was tried in the framework, not taken from its documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

RANK = 2


@dataclass(frozen=True)
class Form:
    """What an argument may hold: in words, and as a function from its value to the catalog's.

    ``read`` raises ValueError with what is wrong, as in "has 3 entries"; None means that nothing was asked for.
    """

    allowed: str
    read: Callable[[Any], Any]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Argument:
    """One argument of a layer; ``form`` is None where it may hold any expression, since it moves no window."""

    name: str
    field: str = ""
    form: Form | None = None
    default: Any = None
    required: bool = False


@dataclass(frozen=True)
class Layer:
    """One layer class: every dotted name it is called by, the usual one first, and its signature."""

    adapter: str
    names: tuple[str, ...]
    positional: tuple[Argument, ...]
    keyword_only: tuple[Argument, ...] = ()

    @property
    def arguments(self) -> dict[str, Argument]:
        """Every argument by its name."""
        return {argument.name: argument for argument in self.positional + self.keyword_only}


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_whole_or_pair(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, tuple) and len(value) == 2 and all(map(_is_whole, value)))


def _sequence(value: Any, lengths: tuple[int, ...] = (RANK,), fits: Callable[[Any], bool] = _is_whole) -> Any:
    if not isinstance(value, tuple):
        raise ValueError("is not allowed")
    if len(value) not in lengths:
        raise ValueError(f"has {len(value)} {'entry' if len(value) == 1 else 'entries'}")
    if not all(map(fits, value)):
        raise ValueError("holds an entry that is not allowed")
    return value if len(value) == RANK else value[0]


def _whole(value: Any) -> int:
    if not _is_whole(value):
        raise ValueError("is not a whole number")
    return int(value)


def _or_deferred(value: Any) -> int | None:
    return _whole(value) or None


def _sizes(value: Any) -> Any:
    return value if _is_whole(value) else _sequence(value)


def _torch_sizes(value: Any) -> Any:
    # torch stretches a sequence of one over both axes, for everything but the kernel
    return value if _is_whole(value) else _sequence(value, (1, RANK))


def _flax_sizes(value: Any) -> Any:
    return 1 if value is None else _sizes(value)


def _flax_kernel(value: Any) -> Any:
    if _is_whole(value):
        raise ValueError(f"is a 1-D kernel in flax.linen, which takes it for ({value},); write ({value}, {value})")
    return _sequence(value)


def _torch_padding(value: Any) -> Any:
    return _word(value, TORCH_WORDS) if isinstance(value, str) else _torch_sizes(value)


def _keras_padding(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("is not a word, and Keras has no numbers for padding")
    return _word(value.lower(), KERAS_WORDS)


def _flax_padding(value: Any) -> Any:
    if isinstance(value, str):
        return _word(value.upper(), FLAX_WORDS, ("CIRCULAR", "REFLECT", "CAUSAL")).lower()
    return value if _is_whole(value) else _sequence(value, fits=_is_whole_or_pair)


def _word(value: str, known: tuple[str, ...], unhandled: tuple[str, ...] = ()) -> str:
    if value in unhandled:
        raise ValueError("is not handled by this version")
    if value not in known:
        raise ValueError("is not known")
    return value


def _only(allowed: str, *values: Any) -> Form:
    """Only values that leave the layer a plain convolution, padded with zeros."""

    def read(value: Any) -> None:
        # by type too, because 1 == True == 1.0
        if not any(type(value) is type(known) and value == known for known in values):
            raise ValueError("is not handled by this version")

    return Form(allowed, read, tuple(value for value in values if isinstance(value, str)))


TORCH_WORDS = ("same", "valid")
KERAS_WORDS = ("same", "valid")
FLAX_WORDS = ("SAME", "VALID", "SAME_LOWER")

WHOLE = Form("a whole number", _whole)
DEFERRED = Form("a whole number, or 0 to take it from the input", _or_deferred)
SIZES = Form("a whole number or two of them", _sizes)
TORCH_SIZES = Form("a whole number or two of them", _torch_sizes)
FLAX_SIZES = Form("a whole number, two of them, or None", _flax_sizes)
FLAX_KERNEL = Form("two whole numbers", _flax_kernel)
TORCH_PADDING = Form("a whole number, two of them, 'same' or 'valid'", _torch_padding, TORCH_WORDS)
KERAS_PADDING = Form("'same' or 'valid'", _keras_padding, KERAS_WORDS)
FLAX_PADDING = Form(
    "a whole number, two of them, two (before, after) pairs, 'SAME' or 'VALID'", _flax_padding, FLAX_WORDS
)


def _required(name: str, field: str, form: Form) -> Argument:
    return Argument(name, field, form, required=True)


def _ignored(names: str) -> tuple[Argument, ...]:
    return tuple(map(Argument, names.split()))


def _names(prefixes: str, *classes: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for prefix in prefixes.split() for name in classes) + classes


_TORCH = (
    _required("out_channels", "out_channels", WHOLE),
    _required("kernel_size", "kernel", SIZES),
    Argument("stride", "stride", TORCH_SIZES, 1),
    Argument("padding", "padding", TORCH_PADDING, 0),
    Argument("dilation", "dilation", TORCH_SIZES, 1),
    Argument("groups", "groups", WHOLE, 1),
    *_ignored("bias"),
    Argument("padding_mode", "", _only("'zeros'", "zeros"), "zeros"),
    *_ignored("device dtype"),
)

LAYERS = (
    Layer("torch", _names("nn torch.nn", "Conv2d"), (_required("in_channels", "in_channels", WHOLE), *_TORCH)),
    Layer("torch", _names("nn torch.nn", "LazyConv2d"), _TORCH),
    Layer(
        "tensorflow",
        _names("layers keras.layers tf.keras.layers tensorflow.keras.layers", "Conv2D", "Convolution2D"),
        (
            _required("filters", "out_channels", WHOLE),
            _required("kernel_size", "kernel", SIZES),
            Argument("strides", "stride", SIZES, (1, 1)),
            Argument("padding", "padding", KERAS_PADDING, "valid"),
            *_ignored("data_format"),
            Argument("dilation_rate", "dilation", SIZES, (1, 1)),
            Argument("groups", "groups", WHOLE, 1),
            *_ignored("activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer"),
            *_ignored("activity_regularizer kernel_constraint bias_constraint"),
        ),
        # what **kwargs is handed on to: BaseConv and Layer
        _ignored("name dtype trainable autocast input_shape input_dim lora_rank lora_alpha"),
    ),
    Layer(
        "flax",
        _names("nn linen flax.linen", "Conv"),
        (
            _required("features", "out_channels", WHOLE),
            _required("kernel_size", "kernel", FLAX_KERNEL),
            Argument("strides", "stride", FLAX_SIZES, 1),
            Argument("padding", "padding", FLAX_PADDING, "SAME"),
            Argument("input_dilation", "", _only("1 or None", 1, None, (1, 1)), 1),
            Argument("kernel_dilation", "dilation", FLAX_SIZES, 1),
            Argument("feature_group_count", "groups", WHOLE, 1),
            *_ignored("use_bias"),
            Argument("mask", "", _only("None", None)),
            *_ignored("dtype param_dtype precision kernel_init bias_init promote_dtype"),
            Argument("conv_general_dilated", "", _only("None", None)),
            Argument("conv_general_dilated_cls", "", _only("None", None)),
            *_ignored("parent name"),
        ),
    ),
    Layer(
        "mxnet",
        _names("nn gluon.nn mx.gluon.nn mxnet.gluon.nn", "Conv2D")[:-1],  # without a prefix Conv2D is Keras
        (
            _required("channels", "out_channels", WHOLE),
            _required("kernel_size", "kernel", SIZES),
            Argument("strides", "stride", SIZES, (1, 1)),
            Argument("padding", "padding", SIZES, (0, 0)),
            Argument("dilation", "dilation", SIZES, (1, 1)),
            Argument("groups", "groups", WHOLE, 1),
            Argument("layout", "", _only("'NCHW' or 'NHWC'", "NCHW", "NHWC"), "NCHW"),
            *_ignored("activation use_bias weight_initializer bias_initializer"),
            Argument("in_channels", "in_channels", DEFERRED, 0),
        ),
        # what **kwargs is handed on to: op_name and adj could turn it into a transposed convolution
        (
            *_ignored("prefix params"),
            Argument(
                "op_name", "", _only("'Convolution' or 'convolution'", "Convolution", "convolution"), "Convolution"
            ),
            Argument("adj", "", _only("None", None)),
        ),
    ),
)

BY_NAME = {name: layer for layer in LAYERS for name in layer.names}
USUAL_NAMES = tuple(layer.names[0] for layer in LAYERS)


def _ranked(stems: str, ranks: str = "123") -> set[str]:
    return {stem.replace("#", rank + d) for stem in stems.split() for rank in ranks for d in "dD"}


# Layers of the four frameworks that slide a window and are no plain 2-D convolution, by the last part of their name.
UNHANDLED = frozenset(
    _ranked("Conv# LazyConv# Convolution#", "13")
    | _ranked("ConvTranspose# LazyConvTranspose# Conv#Transpose Convolution#Transpose ConvLSTM#")
    | _ranked("DepthwiseConv# SeparableConv# SeparableConvolution#")
    | _ranked("MaxPool# MaxPooling# AvgPool# AveragePooling# LPPool# MaxUnpool# FractionalMaxPool#")
    | _ranked("AdaptiveAvgPool# AdaptiveMaxPool# AdaptiveAveragePooling# AdaptiveMaxPooling#")
    | _ranked("GlobalMaxPool# GlobalMaxPooling# GlobalAvgPool# GlobalAveragePooling#")
    | {"ConvTranspose", "ConvLocal", "ConvLSTMCell", "avg_pool", "max_pool", "nnx.Conv", "flax.nnx.Conv"}
)
