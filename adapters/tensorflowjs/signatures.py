"""The functions of TensorFlow.js 4.22 that can be read from source, by their names in JavaScript such as ``tf.conv2d``.

Python's TensorFlow has other names for all of them but ``tf.pad``. A pool or a transposed convolution along one axis is
that of a row: ``tf.squeeze(tf.maxPool(tf.expandDims(x, 1), [1, 3], [1, 2], 'same'), [1])``.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
from ..conventions import numbers
from ..padding_forms import EVERY_AXIS, FILL, modes, of_every_axis
from ..signature import (
    SIZES,
    Argument,
    Asides,
    Complete,
    Fit,
    Form,
    Layer,
    Parameters,
    Prepare,
    Raises,
    Returns,
    Unfit,
    as_fitting,
    as_given,
    as_read,
    effective,
    is_pair,
    is_whole,
    named_weights,
    only,
    or_none,
    outputs,
    per_axis,
    required,
    sequence,
    weighed,
    word,
)

FRAMEWORK = "TensorFlow.js"
WORDS = ("valid", "same")
OF_THE_HEIGHT = "TensorFlow.js works the width out with the height's kernel and stride where pad is a number"
NO_PADDING = "TensorFlow.js leaves the padding of a dilated pool out where it is in numbers."
FIXED = "The output shape is given for this input size only."


def _padding(value: Any, rank: int) -> Any:
    """Return padding as a word, as one number for all sides, or as a pair for each spatial axis."""
    if isinstance(value, str):
        return word(value, WORDS)
    if is_whole(value):
        return value
    pairs = sequence(value, 4, is_pair)  # for every axis of an image; one axis is the width of a row
    if any(map(any, (pairs[0], pairs[3], *pairs[1 : 3 - rank]))):
        raise ValueError("pads the batch or the channels")
    return pairs[3 - rank : 3]


def _plain_padding(value: Any, rank: int) -> Any:
    if isinstance(value, str):
        return word(value, WORDS)
    if not is_whole(value):
        raise ValueError("is not a word, and not one number")
    return value


def _row_padding(value: Any, rank: int) -> Any:
    if is_whole(value):
        raise ValueError("pads the row as well")
    return _padding(value, rank)


def _row_kernel(value: Any, rank: int) -> Any:
    if not isinstance(value, tuple) or len(value) != 2 or value[0] != 1 or not is_whole(value[1]):
        raise ValueError("is not that of a row")
    return value[1:]


def _row_sizes(value: Any, rank: int) -> Any:
    return value if is_whole(value) else sequence(value, 2)[1:]


def _row_shape(value: Any, rank: int) -> Any:
    batch, row, *rest = sequence(value, 4, _size)
    if row != 1:
        raise ValueError("is not that of a row")
    return (batch, *rest)


def _shape(value: Any, rank: int) -> Any:
    return sequence(value, rank + 2, _size)


def _size(value: Any) -> bool:
    return value is None or is_whole(value)  # None is the batch of the input


def _rounding(value: Any, rank: int) -> bool | None:
    return None if value is None else word(value, ("floor", "ceil")) == "ceil"


def _layout(value: Any, rank: int) -> str:
    return "last" if word(value, ("NHWC", "NCHW")) == "NHWC" else "first"


PADS = Form("'valid', 'same', a whole number, or a [before, after] pair for every axis", _padding, WORDS)
PLAIN_PADS = Form("'valid', 'same' or a whole number", _plain_padding, WORDS)
ROW_PADS = Form("'valid', 'same', or a [before, after] pair for every axis", _row_padding, WORDS)
ROW_KERNEL, ROW_SIZES = Form("[1, a whole number]", _row_kernel), Form("a whole number or [1, another]", _row_sizes)
ROW_SHAPE = Form("[batch, 1, width, channels]", _row_shape)
SHAPE = Form("a list of one whole number for every axis, batch and channels as well", _shape)
ROUNDING = Argument("dimRoundingMode", "ceil_mode", Form("'floor' or 'ceil'", _rounding, ("floor", "ceil")))
UNROUNDED = Argument("dimRoundingMode", "", only("undefined", None))
LAYOUT = Argument("dataFormat", "layout", Form("'NHWC' or 'NCHW'", _layout, ("NHWC", "NCHW")))


def _sizes(asked: Parameters, case: Case) -> tuple[int, ...]:
    """Return the sizes of an output as TensorFlow.js works them out (conv_util.js), which may be below 0."""
    if case.pools and max(case.dilation) > 1:
        return tuple(map(_in_blocks, case.input, case.kernel, case.dilation, [asked["padding"] == "same"] * case.rank))
    reaches = [d * (k - 1) + 1 for k, d in zip(case.kernel, case.dilation)]
    strides, pad = list(case.stride), asked["padding"]
    if is_whole(pad) and case.rank == 2:  # tensorflow/tfjs#649
        reaches, strides = reaches[:1] * 2, strides[:1] * 2
    elif is_whole(pad) and case.rank == 1:  # whose height of 1 and stride of 1 count
        reaches, strides = [1], [1]
    found = []
    for n, (before, after), e, s in zip(case.input, numbers(case), reaches, strides):
        room = n + before + after - e
        if pad == "same":
            found.append(-(-n // s))
        elif case.rank == 3:
            found.append(0 if room < 0 else _rounded(room / s + 1, case.ceil_mode))
        elif pad == "valid":
            found.append(math.ceil((room + 1) / s))
        else:
            found.append(_rounded(room / s + 1, case.ceil_mode))
    return tuple(found)


def _in_blocks(n: int, kernel: int, dilation: int, same: bool) -> int:
    """Return the size of the output of a dilated pool, which slides over every d-th element (pool.js)."""
    whole = n + (dilation * (kernel - 1) if same else 0)
    more = -whole % dilation
    found = (whole + more) // dilation - kernel + 1
    return found if found < 0 else max(found * dilation - more, 0)


def _rounded(size: float, up: bool) -> int:
    return math.ceil(size) if up else math.trunc(size)


def _of_sizes(asked: Parameters, case: Case) -> list[str]:
    """Return an aside if the sizes of an output are not those of the case, or it has none."""
    sizes, along = _sizes(asked, case), axes(case)
    if sizes == outputs(case) and not isinstance(along, Invalid):
        return []
    refused = min(sizes) < 0 if case.pools else math.prod(sizes) < 0
    if refused:
        return [Raises("TensorFlow.js raises: the output may not have a negative size.")]
    shown = ",".join(map(str, sizes))
    sizes = tuple(max(size, 0) for size in sizes)
    if is_whole(asked["padding"]) and case.rank < 3 and _depends_on_height(case):
        return [Returns.of(sizes, f"{OF_THE_HEIGHT}: its output is ({shown}).")]
    why = "keeps windows that hold nothing but padding" if case.pools else "raises no error where no window fits"
    return [Returns.of(sizes, f"TensorFlow.js {why}: its output is ({shown}).")]


def _depends_on_height(case: Case) -> bool:
    return case.rank == 1 or any(len(set(sizes)) > 1 for sizes in (case.kernel, case.stride, case.dilation))


def _refused(asked: Parameters, case: Case) -> list[str]:
    if max(case.stride) > 1 and max(case.dilation) > 1:
        return [Raises("TensorFlow.js raises: either strides or dilations must be 1.")]
    if asked.get("ceil_mode") is not None and (isinstance(asked["padding"], str) or _dilated(asked)):
        why = "where dimRoundingMode is given, which it is not in a dilated pool"
        return [Raises(f"TensorFlow.js raises: pad must be a number {why}.")]
    return []


def _of_dtype(known: tuple[str, ...], case: Case) -> list[str]:
    return [] if case.dtype in known else [Raises(f"TensorFlow.js raises: it has no such function of {case.dtype}.")]


def _conv_asides(asked: Parameters, case: Case) -> list[str]:
    if said := _of_dtype(("float32",), case) or _refused(asked, case):
        return said
    if case.rank == 1 and is_whole(asked["padding"]) and asked["padding"] and case.batch:
        return [Raises("TensorFlow.js raises: where pad is a number, conv1d pads its row as well.")]
    return _of_sizes(asked, case)


def _transposed_asides(asked: Parameters, case: Case) -> list[str]:
    if said := _of_dtype(("float32",), case):
        return said
    sizes = outputs(case)
    if min(sizes) > 0:
        return [FIXED]
    if math.prod(sizes) < 0:
        return [Raises("TensorFlow.js raises: the output may not have a negative size.")]
    shown = ",".join(map(str, sizes))
    whole = tuple(max(size, 0) for size in sizes)
    return [FIXED, Returns.of(whole, f"TensorFlow.js raises no error where nothing is left: its output is ({shown}).")]


def _pool_asides(asked: Parameters, case: Case) -> list[str]:
    known = ("float32", "int32") if case.op == "max_pool" else ("float32",)
    if said := _of_dtype(known, case) or _refused(asked, case):
        return said
    if _unpadded(asked):
        return [NO_PADDING, *_of_sizes({**asked, "padding": "valid"}, case)]
    return _of_sizes(asked, case)


def _dilated(asked: Parameters) -> bool:
    dilation: Any = asked.get("dilation", 1)
    return bool(max(dilation if isinstance(dilation, tuple) else (dilation,)) > 1)


def _unpadded(asked: Parameters) -> bool:
    """Return whether a pool is dilated and padded in numbers, which tf.pool takes no notice of."""
    return not isinstance(asked["padding"], str) and _dilated(asked)


def _pooled(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a pool, whose averages leave their padding out, unless the pool is dilated."""
    found = {**parameters, "ceil_mode": bool(parameters.get("ceil_mode"))}
    dilated = max(per_axis(parameters.get("dilation", 1), rank)) > 1
    if _unpadded(parameters):
        found["padding"] = 0
    if parameters["op"] == "avg_pool":
        found["count_include_pad"] = dilated
    return {name: value for name, value in found.items() if name != "op"}


def _average(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    return _pooled({**parameters, "op": "avg_pool"}, rank, in_channels)


def _maximum(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    return _pooled({**parameters, "op": "max_pool"}, rank, in_channels)


def _same_along_three(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return parameters with the pads of 'same' along three axes, which crop where windows leave elements out."""
    if parameters["padding"] != "same" or min(per_axis(parameters["stride"], 3)) < 1:
        return parameters
    strides, reaches = per_axis(parameters["stride"], 3), effective({"dilation": 1, **parameters}, 3)
    totals = [(-(-n // s) - 1) * s + e - n for n, s, e in zip(input, strides, reaches)]
    if min(totals) >= 0:
        return parameters
    return {**parameters, "padding": tuple((total // 2, total - total // 2) for total in totals)}


def _to_output(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return the parameters of a transposed convolution with the crops that leave the output shape that is given.

    The pads are those of the convolution of that shape. Raise Unfit if it does not have this input's size.
    """
    rank, padding = len(input), parameters["padding"]
    first = 2 if parameters.get("layout") == "first" else 1
    strides = per_axis(parameters["stride"], rank)
    if min(strides) < 1:
        return parameters  # no case has such a stride
    kernel = per_axis(parameters["kernel"], rank)
    sides = padding if isinstance(padding, tuple) else ((0 if isinstance(padding, str) else padding,) * 2,) * rank
    crops = []
    for n, out, s, k, (before, after) in zip(input, parameters["output"][first : first + rank], strides, kernel, sides):
        back = -(-out // s) if padding == "same" else (out + before + after - k) // s + 1
        if back != n:
            raise Unfit("output", f"has {out} where a convolution back gives {back}; expected the input's {n}")
        total = (n - 1) * s + k - out
        if padding == "same":
            before = total // 2 if total > 0 or rank == 3 else 0
        crops.append((before, total - before))
    found = {name: value for name, value in parameters.items() if name != "output"}
    return {**found, "padding": tuple(crops)}


def _of(layout: str) -> Prepare:
    return lambda parameters, rank: weighed(parameters, layout)


def in_groups(groups: int, op: str) -> Prepare:
    """Return how the weights of a convolution are read that is written out for each of its groups."""
    layout = "#oI" if op == "conv_transpose" else "#iO"
    return lambda parameters, rank: weighed({**parameters, "groups": groups}, layout)


def _function(
    name: str,
    op: str,
    rank: int,
    arguments: tuple[Argument, ...],
    asides: Asides,
    *,
    prepare: Prepare = as_given,
    complete: Complete = as_read,
    fit: Fit = as_fitting,
) -> Layer:
    return Layer(
        FRAMEWORK,
        (name,),
        op,
        rank,
        arguments,
        data=arguments[0].name,
        channels_last=True,
        prepare=prepare,
        complete=complete,
        fit=fit,
        asides=asides,
    )


X, FILTER, STRIDES = required("x"), named_weights("filter"), required("strides", "stride", SIZES)
PAD, PLAIN_PAD, ROW_PAD = (required("pad", "padding", form) for form in (PADS, PLAIN_PADS, ROW_PADS))
DILATIONS = Argument("dilations", "dilation", or_none(SIZES), 1)
ONE_LAYOUT = {rank: Argument("dataFormat", "", only(repr(name), name)) for rank, name in ((1, "NWC"), (3, "NDHWC"))}
IMAGES = Argument("dataFormat", "", only("'NHWC'", "NHWC"))
OUTPUT = required("outputShape", "output", SHAPE)
KERNEL = required("filterSize", "kernel", SIZES)
LEFT_OUT = Argument("dataFormat", "", only("'NDHWC'", "NDHWC"))


def _convolutions() -> tuple[Layer, ...]:
    one = (
        *(X, FILTER, required("stride", "stride", SIZES), PAD, ONE_LAYOUT[1]),
        *(Argument("dilation", "dilation", or_none(SIZES), 1), UNROUNDED),
    )
    two = (X, FILTER, STRIDES, PAD, LAYOUT, DILATIONS, UNROUNDED)
    each = (X, FILTER, STRIDES, PAD, IMAGES, DILATIONS, UNROUNDED)
    three = (X, FILTER, STRIDES, PLAIN_PAD, ONE_LAYOUT[3], DILATIONS)
    conv = partial(_function, op="conv", asides=_conv_asides)
    transposed = partial(_function, op="conv_transpose", asides=_transposed_asides, fit=_to_output, prepare=_of("#OI"))
    return (
        conv("tf.conv1d", rank=1, arguments=one, prepare=_of("#IO")),
        conv("tf.conv2d", rank=2, arguments=two, prepare=_of("#IO")),
        conv("tf.depthwiseConv2d", rank=2, arguments=each, prepare=_of("#IM")),
        conv("tf.conv3d", rank=3, arguments=three, prepare=_of("#IO"), fit=_same_along_three),
        transposed("tf.conv2dTranspose", rank=2, arguments=(X, FILTER, OUTPUT, STRIDES, PAD, UNROUNDED)),
        transposed("tf.conv3dTranspose", rank=3, arguments=(X, FILTER, OUTPUT, STRIDES, PLAIN_PAD)),
    )


def _pools(row: bool) -> tuple[Layer, ...]:
    """Return the pools of images, or of rows, and of volumes."""
    rank = 1 if row else 2
    sizes, pad = (ROW_SIZES, ROW_PAD) if row else (SIZES, PAD)
    window = (required("filterSize", "kernel", ROW_KERNEL if row else SIZES), required("strides", "stride", sizes))
    found = []
    for op, name, complete in (("max_pool", "max", _maximum), ("avg_pool", "avg", _average)):
        pool = partial(_function, op=op, asides=_pool_asides, complete=complete)
        found.append(pool(f"tf.{name}Pool", rank=rank, arguments=(X, *window, pad, ROUNDING)))
        general = (
            *(required("input"), required("windowShape", "kernel", window[0].form)),
            *(required("poolingType", "", only(repr(name), name)), pad),
            *(Argument("dilations", "dilation", or_none(sizes), 1), Argument("strides", "stride", or_none(sizes), 1)),
            ROUNDING,
        )
        found.append(pool("tf.pool", rank=rank, arguments=general))
        if not row:
            three = (X, KERNEL, STRIDES, PLAIN_PAD, ROUNDING, LEFT_OUT)
            found.append(pool(f"tf.{name}Pool3d", rank=3, arguments=three, fit=_same_along_three))
    return tuple(found)


def _padding_function(name: str, last: Argument, complete: Complete = of_every_axis) -> Layer:
    return _function(
        name,
        "pad",
        0,
        (X, required("paddings", "pads", EVERY_AXIS), last),
        lambda asked, case: [],
        complete=complete,
    )


LAYERS = (
    *_convolutions(),
    *_pools(row=False),
    _padding_function("tf.pad", Argument("constantValue", "fill", FILL)),
    _padding_function("tf.mirrorPad", required("mode", "mode", modes("reflect", "symmetric"))),
)
_UP = partial(_function, op="conv_transpose", asides=_transposed_asides, fit=_to_output, prepare=_of("#OI"))
ROWS = (  # of one axis, by the name of the function of images
    *_pools(row=True),
    _UP(
        "tf.conv2dTranspose",
        rank=1,
        arguments=(
            *(X, FILTER, required("outputShape", "output", ROW_SHAPE), required("strides", "stride", ROW_SIZES)),
            *(ROW_PAD, UNROUNDED),
        ),
    ),
)
