"""The layers of flax.linen and flax.nnx 0.12 that can be read from source. Their kernel sets their rank."""

from __future__ import annotations

from typing import Any

from ...cases.case import Case
from ..signature import (
    DTYPE,
    FLAG,
    KERNEL_OF_ANY_RANK,
    WHOLE,
    Argument,
    Form,
    Layer,
    Mirrors,
    Parameters,
    Unfit,
    as_read,
    effective,
    empty_where_nothing_fits,
    filled_up,
    ignored,
    in_axes,
    is_pair,
    is_whole,
    is_whole_or_pair,
    names,
    one_to_three,
    only,
    per_axis,
    required,
    sequence,
    sizes,
    word,
)

PREFIXES = "nn linen flax.linen"
NNX_PREFIXES = "nnx flax.nnx"
LAX_WORDS = ("SAME", "VALID", "SAME_LOWER")  # jax accepts these in upper and lower case
CONV_WORDS = ("CIRCULAR", "REFLECT", "CAUSAL")  # flax accepts these in upper case only
TRANSPOSED_WORDS = ("SAME", "VALID", "SAME_LOWER")


def _sizes(value: Any, rank: int) -> Any:
    return 1 if value is None else sizes(value, rank)


def _each(value: Any, rank: int) -> Any:
    return 1 if value is None else sequence(value, rank)


def _undilated(value: Any, rank: int) -> None:
    if value is not None and (type(value) is not int or value != 1) and value != (1,) * rank:
        raise ValueError("is not handled by this version")


def _padding(value: Any, rank: int) -> Any:
    if isinstance(value, str):
        return value.lower() if value in CONV_WORDS else word(value.upper(), LAX_WORDS).lower()
    return value if is_whole(value) else sequence(value, rank, is_whole_or_pair)


def _transposed_padding(value: Any, rank: int) -> Any:
    if isinstance(value, str):
        return word(value, TRANSPOSED_WORDS, ("CIRCULAR",)).lower()
    return value if is_whole(value) else sequence(value, rank, is_whole_or_pair)


def _pool_padding(value: Any, rank: int) -> Any:
    return word(value.upper(), LAX_WORDS).lower() if isinstance(value, str) else sequence(value, rank, is_pair)


WINDOW = Form("a sequence of one to three whole numbers", one_to_three)
SIZES = Form("a whole number, {each}, or None", _sizes)
EACH = Form("one whole number for each axis, in a sequence, or None", _each)
UNDILATED = Form("1 or None", _undilated)
ANY_WORD = ", ".join(map(repr, LAX_WORDS + CONV_WORDS))
PADDING = Form("a whole number, {each}, {pairs}, or a word: " + ANY_WORD, _padding, LAX_WORDS)
TRANSPOSED_PADDING = Form(
    "a whole number, {each}, {pairs}, 'SAME', 'VALID' or 'SAME_LOWER'", _transposed_padding, TRANSPOSED_WORDS
)
POOL_PADDING = Form("{pairs}, 'SAME', 'VALID' or 'SAME_LOWER'", _pool_padding, LAX_WORDS)


def _wrapped(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return parameters with CIRCULAR and REFLECT in numbers: flax pads each axis by ((e - 1) // 2, e // 2)."""
    if (mode := parameters["padding"]) not in ("circular", "reflect"):
        return parameters
    pads = tuple(((e - 1) // 2, e // 2) for e in effective(parameters, rank))
    return {**parameters, "padding": pads, "padding_mode": mode}


def _cropped(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a transposed convolution with its padding as crops.

    In flax, numbers pad the stretched input, and a pad of e - 1 leaves the output whole. With VALID, the output is n*s
    if windows are narrower than the stride (``jax.lax.conv_transpose``). transpose_kernel is dropped: it mirrors the
    kernel, and a case is about where its windows are.
    """
    parameters = {name: value for name, value in parameters.items() if name != "transpose_kernel"}
    if parameters["padding"] == "valid":
        return filled_up(parameters, rank)
    if parameters["padding"] == "same_lower":
        if set(per_axis(parameters["stride"], rank)) != {1}:
            raise Unfit("padding", "is not implemented by jax for transposed strides; expected 'SAME' or numbers")
        # jax pads the input with the odd one before, which crops the odd one after.
        return {**parameters, "padding": tuple(((e - 1) // 2, e // 2) for e in effective(parameters, rank))}
    if isinstance(parameters["padding"], str):
        return parameters
    pads = [per_axis(pad, 2) for pad in per_axis(parameters["padding"], rank)]
    crops = zip(effective(parameters, rank), pads)
    return {**parameters, "padding": tuple((e - 1 - before, e - 1 - after) for e, (before, after) in crops)}


MIRRORED = Mirrors(
    "Flax applies this kernel mirrored, unless transpose_kernel=True: mirror weights from other frameworks."
)
CROPS = "Flax's numbers pad the stretched input; p is the crop that they amount to, not one of Flax's own numbers."


def _empty(asked: Parameters, case: Case) -> list[str]:
    return empty_where_nothing_fits("Flax", case)


def _transposed_asides(asked: Parameters, case: Case) -> list[str]:
    asides = [*_empty(asked, case), *([] if isinstance(asked["padding"], str) else [CROPS])]
    return asides if asked["transpose_kernel"] else [*asides, MIRRORED]


def _counted(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of an average pool with the padding of SAME counted, as flax does by default."""
    counts = {"count_include_pad": True} if parameters["padding"] in ("same", "same_lower") else {}
    return {**counts, **parameters}


CONV = (
    required("features", "out_channels", WHOLE),
    required("kernel_size", "kernel", KERNEL_OF_ANY_RANK),
    Argument("strides", "stride", SIZES, 1),
    Argument("padding", "padding", PADDING, "same"),
    Argument("input_dilation", "", UNDILATED),
    Argument("kernel_dilation", "dilation", SIZES, 1),
    Argument("feature_group_count", "groups", WHOLE, 1),
    *ignored("use_bias"),
    Argument("mask", "", only("None", None)),
    DTYPE,
    *ignored("param_dtype precision kernel_init bias_init promote_dtype"),
    Argument("conv_general_dilated", "", only("None", None)),
    Argument("conv_general_dilated_cls", "", only("None", None)),
    *ignored("parent name"),
)
TRANSPOSED = (
    required("features", "out_channels", WHOLE),
    required("kernel_size", "kernel", KERNEL_OF_ANY_RANK),
    Argument("strides", "stride", SIZES, 1),
    Argument("padding", "padding", TRANSPOSED_PADDING, "same"),
    Argument("kernel_dilation", "dilation", SIZES, 1),
    *ignored("use_bias"),
    Argument("mask", "", only("None", None)),
    DTYPE,
    *ignored("param_dtype precision kernel_init bias_init"),
    Argument("transpose_kernel", "transpose_kernel", FLAG, False),
    *ignored("promote_dtype"),
    *ignored("preferred_element_type parent name"),
)
# nnx has in and out features, windows as in linen, and everything else by name; no conv_general_dilated_cls.
NNX = (required("in_features", "in_channels", WHOLE), required("out_features", "out_channels", WHOLE), *CONV[1:3])
NNX_TRANSPOSED = (*NNX[:2], *TRANSPOSED[1:3])
NNX_ONLY = ignored("preferred_element_type rngs kernel_metadata bias_metadata")
MAX_POOL = (
    required("inputs"),
    required("window_shape", "kernel", WINDOW),
    Argument("strides", "stride", EACH, 1),
    Argument("padding", "padding", POOL_PADDING, "valid"),
)
AVERAGE_POOL = (*MAX_POOL, Argument("count_include_pad", "count_include_pad", FLAG))


def _layer(
    own: tuple[str, ...], op: str, positional: tuple[Argument, ...], keyword_only: tuple[Argument, ...] = ()
) -> Layer:
    transposed = op == "conv_transpose"
    return Layer(
        "Flax",
        own,
        op,
        0,
        positional,
        keyword_only,
        COMPLETE[op],
        _transposed_asides if transposed else _empty,
        channels_last=True,
        data="inputs" if op.endswith("pool") else "",
        kernel=KERNELS.get(op, in_axes("")),
    )


COMPLETE = {"conv": _wrapped, "conv_transpose": _cropped, "max_pool": as_read, "avg_pool": _counted}
KERNELS = {
    "conv": in_axes("#iO"),
    "conv_transpose": lambda asked: "#OI" if asked["transpose_kernel"] else "#IO",
}
NNX_NAMES = {"conv": ("nnx.Conv", "flax.nnx.Conv"), "conv_transpose": ("nnx.ConvTranspose", "flax.nnx.ConvTranspose")}
LAYERS = (
    _layer(names(PREFIXES, "Conv"), "conv", CONV),
    _layer(names(PREFIXES, "ConvTranspose"), "conv_transpose", TRANSPOSED),
    _layer(names(f"{PREFIXES} {NNX_PREFIXES}", "max_pool"), "max_pool", MAX_POOL),
    _layer(names(f"{PREFIXES} {NNX_PREFIXES}", "avg_pool"), "avg_pool", AVERAGE_POOL),
    _layer(NNX_NAMES["conv"], "conv", NNX, (*CONV[3:-3], *NNX_ONLY)),
    _layer(NNX_NAMES["conv_transpose"], "conv_transpose", NNX_TRANSPOSED, (*TRANSPOSED[3:-2], *NNX_ONLY)),
)
