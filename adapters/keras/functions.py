"""The functions of keras.ops 3.15 and tf.nn 2.21 that can be read from source.

A convolution's kernel and channels are the shape of its weights, and its groups are as many as its input channels need.
"""

from __future__ import annotations

from typing import Any

from ...cases.case import Case
from ..padding_forms import EVERY_AXIS, FILL, FILL_VALUE, modes, of_every_axis
from ..signature import (
    KERNEL_OF_ANY_RANK,
    SIZES,
    Argument,
    Form,
    Layer,
    Parameters,
    Prepare,
    Unfit,
    effective,
    functions,
    ignored,
    is_pair,
    is_whole,
    named_weights,
    or_none,
    per_axis,
    required,
    sequence,
    weighed,
    word,
)
from .signatures import CHANNELS_FIRST, DATA_FORMAT, OUTPUT_PADDING, PADDED, _conv_asides, _cropped, _transposed_asides

OPS = "keras.ops ops tf.keras.ops"
TF = "tf.nn tensorflow.nn"


def _grouped(parameters: Parameters, rank: int) -> Parameters:
    """Return the parameters of weights (*kernel, in / groups, out), of which only the input tells the groups."""
    found = weighed(parameters, "#IO")
    inputs = found.pop("in_channels")
    return {**found, "inputs_per_group": inputs}


def _in_groups(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    each = parameters["inputs_per_group"]
    found = {name: value for name, value in parameters.items() if name != "inputs_per_group"}
    if not each or in_channels % each:
        raise Unfit("weights", f"takes {each} channels per group, which do not divide the input's {in_channels}")
    return {**found, "groups": in_channels // each}


def _by_channel(parameters: Parameters, rank: int) -> Parameters:
    return weighed(parameters, "#IM")


def _transposed(parameters: Parameters, rank: int) -> Parameters:
    return weighed(parameters, "#OI")


STRIDES = Argument("strides", "stride", SIZES, 1)
DILATION = Argument("dilation_rate", "dilation", SIZES, 1)
INPUTS, KERNEL = required("inputs"), named_weights("kernel")


def _op(name: str, op: str, arguments: tuple[Argument, ...], **more: Any) -> Layer:
    given = {"complete": _in_groups, "asides": _conv_asides, **more} if op == "conv" else more
    return Layer("Keras", functions(OPS, name), op, 0, arguments, data="inputs", channels_last=True, **given)


def _pool(name: str, op: str) -> Layer:
    window = (
        required("pool_size", "kernel", KERNEL_OF_ANY_RANK),
        Argument("strides", "stride", or_none(SIZES)),
        PADDED,
    )
    return _op(name, op, (INPUTS, *window, *DATA_FORMAT), rank_of_input=True)


def _as_they_are(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    return parameters


KERAS_OPS = (
    _op("conv", "conv", (INPUTS, KERNEL, STRIDES, PADDED, *DATA_FORMAT, DILATION), prepare=_grouped),
    _op(
        "depthwise_conv",
        "conv",
        (INPUTS, KERNEL, STRIDES, PADDED, *DATA_FORMAT, DILATION),
        prepare=_by_channel,
        complete=_as_they_are,
    ),
    _op(
        "conv_transpose",
        "conv_transpose",
        (INPUTS, KERNEL, STRIDES, PADDED, OUTPUT_PADDING, *DATA_FORMAT, DILATION),
        prepare=_transposed,
        complete=_cropped,
        asides=_transposed_asides,
    ),
    _pool("max_pool", "max_pool"),
    _pool("average_pool", "avg_pool"),
    Layer(
        "Keras",
        functions(OPS, "pad"),
        "pad",
        0,
        (
            *(required("x"), required("pad_width", "pads", EVERY_AXIS)),
            *(Argument("mode", "mode", modes("constant", "reflect", "edge", "symmetric")), FILL_VALUE),
        ),
        complete=of_every_axis,
        data="x",
    ),
)

WORDS = ("SAME", "VALID")
FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def _axes(value: Any, rank: int) -> Any:
    """Return one number, or one for each axis with or without batch and channels. Raises ValueError otherwise."""
    if is_whole(value):
        return value
    lengths = (1, rank, rank + 2)
    return sequence(value, len(value) if isinstance(value, tuple) and len(value) in lengths else rank)


def _every_axis(value: Any, rank: int) -> Any:
    return sequence(value, rank + 2)


def _word(value: Any, rank: int) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a word")
    return word(value, WORDS).lower()


def _word_or_pads(value: Any, rank: int) -> Any:
    return _word(value, rank) if isinstance(value, str) else sequence(value, rank + 2, is_pair)


def _format(rank: int) -> Argument:
    def read(value: Any, rank: int) -> str | None:
        if value is None:
            return None
        return "last" if word(value, FORMATS[rank]) == FORMATS[rank][0] else "first"

    allowed = " or ".join(map(repr, FORMATS[rank]))
    return Argument("data_format", "layout", Form(allowed, read, FORMATS[rank]))


AXES = Form("a whole number, {each}, or a list of one for every axis", _axes)
EVERY = Form("a list of one whole number for every axis, batch and channels as well", _every_axis)
EACH = Form("a list of one whole number for each axis", sequence)
WORD = Form("'SAME' or 'VALID'", _word, WORDS)
WORD_OR_PADS = Form("'SAME', 'VALID', or a [before, after] pair for every axis", _word_or_pads, WORDS)


def _spatial(parameters: Parameters, rank: int) -> Parameters:
    """Return parameters without entries for the batch and the channels. Raises Unfit if these are not left alone."""
    found = dict(parameters)
    first = 2 if parameters.get("layout") == "first" else 1
    for field in ("kernel", "stride", "dilation", "padding"):
        value = parameters.get(field)
        if not isinstance(value, tuple) or (len(value) == rank and field != "padding"):
            continue
        if len(value) == 1:
            found[field] = value[0]
            continue
        inside = value[first : first + rank]
        beside = {*value[:first], *value[first + rank :]}
        if beside - {1, (0, 0)}:
            raise Unfit(field, "changes the batch or the channels; expected 1, or no padding, for them")
        found[field] = inside
    return found


def _after_spatial(prepare: Prepare) -> Prepare:
    return lambda parameters, rank: prepare(
        {**_spatial({k: v for k, v in parameters.items() if k != "weights"}, rank), "weights": parameters["weights"]},
        rank,
    )


def _to_output(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return the parameters of a transposed convolution with the crops that leave the output shape asked for.

    TensorFlow derives them from the convolution in the other direction, whose padding they are. Raises Unfit if that
    convolution does not have this input's size.
    """
    rank = len(input)
    shape = parameters["output"]
    first = 2 if parameters.get("layout") == "first" else 1
    crops = []
    strides, extents = per_axis(parameters["stride"], rank), effective(parameters, rank)
    for n, out, s, e in zip(input, shape[first : first + rank], strides, extents):
        same = parameters["padding"] == "same"
        back = -(-out // s) if same else -(-(out - e + 1) // s)
        if back != n:
            raise Unfit("output", f"has {out} where a convolution back gives {back}; expected the input's {n}")
        total = (n - 1) * s + e - out
        crops.append((total // 2, total - total // 2) if same and total > 0 else (0, total))
    found = {name: value for name, value in parameters.items() if name != "output"}
    return {**found, "padding": tuple(crops)}


def _tf_asides(asked: Parameters, case: Case) -> list[str]:
    return [CHANNELS_FIRST] if asked.get("layout") == "first" else []


def _tf_functions(rank: int) -> tuple[Layer, ...]:
    def function(names: str, op: str, data: tuple[Argument, ...], prepare: Prepare, **more: Any) -> Layer:
        rest = (*data, *ignored("name"))
        own = functions(TF, *names.replace("#", f"{rank}d").split())
        given = {"asides": _tf_asides, "prepare": prepare, **more}
        return Layer("TensorFlow", own, op, rank, rest, data="input", channels_last=True, **given)

    image, layout = required("input"), _format(rank)
    sizes = EVERY if rank == 3 else AXES
    strides = required("stride" if rank == 1 else "strides", "stride", sizes)
    padding = required("padding", "padding", WORD_OR_PADS if rank == 2 else WORD)
    dilations = Argument("dilations", "dilation", or_none(sizes), 1)
    by_channel = required("strides", "stride", EVERY)
    output = required("output_shape", "output", EVERY)
    word_only = Argument("padding", "padding", WORD, "same")
    window = (image, required("ksize", "kernel", AXES), required("strides", "stride", AXES))
    plain = " max_pool", " avg_pool"  # of any rank, and of images in practice
    pool, average = (f"{name[1:]}#{name if rank == 2 else ''}" for name in plain)
    filters = named_weights("filters")
    made = (
        function(
            "conv#",
            "conv",
            (image, filters, strides, padding, layout, dilations),
            _after_spatial(_grouped),
            complete=_in_groups,
        ),
        function(
            "conv#_transpose",
            "conv_transpose",
            (image, filters, output, required("strides", "stride", AXES), word_only, layout, dilations),
            _after_spatial(_transposed),
            fit=_to_output,
        ),
        function(pool, "max_pool", (*window, padding, layout), _spatial),
        function(average, "avg_pool", (*window, required("padding", "padding", WORD), layout), _spatial),
    )
    if rank != 2:
        return made
    one_each = Argument("dilations", "dilation", or_none(EACH), 1)
    depthwise = function(
        "depthwise_conv#",
        "conv",
        (image, named_weights("filter"), by_channel, padding, layout, one_each),
        _after_spatial(_by_channel),
    )
    return (*made, depthwise)


TF_PAD = Layer(
    "TensorFlow",
    ("tf.pad", "tensorflow.pad"),
    "pad",
    0,
    (
        *(required("tensor"), required("paddings", "pads", EVERY_AXIS)),
        *(
            Argument("mode", "mode", modes("constant", "reflect", "symmetric")),
            Argument("constant_values", "fill", FILL),
        ),
        *ignored("name"),
    ),
    complete=of_every_axis,
    data="tensor",
)
FUNCTIONS = (*KERAS_OPS, *(function for rank in (2, 1, 3) for function in _tf_functions(rank)), TF_PAD)
