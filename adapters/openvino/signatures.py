"""The functions of openvino.opset16 (2026.4) that can be read from source.

A convolution's kernel and channels are the shape of its weights: (out, in, *kernel), or for a transposed one (in, out,
*kernel); those of groups have the groups as another axis in front.
"""

from __future__ import annotations

import math
from typing import Any

from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
from ...cases.operations.pool_axis import PoolAxis
from ...cases.operations.table import operation
from ..conventions import onnx_crops
from ..padding_forms import FILL, modes
from ..signature import (
    EACH,
    FLAG,
    SHAPE,
    SIZED,
    Argument,
    Form,
    Layer,
    Parameters,
    Prepare,
    Raises,
    Returns,
    empty_where_nothing_is_left,
    functions,
    ignored,
    is_whole,
    named_weights,
    only,
    or_none,
    or_zero,
    outputs,
    required,
    sequence,
    uncropped,
    weighed,
    word,
)

PREFIXES = "ops opset opset16 ov.opset16 openvino.opset16"
AUTO_PADS = {"explicit": None, "notset": None, "valid": "valid", "same_upper": "same", "same_lower": "same_lower"}
ROUNDINGS = ("floor", "ceil", "ceil_torch")
PADS_NOTHING = "OpenVINO crops nothing for an auto_pad without an output_shape."
WHOLE_WINDOW = (
    "OpenVINO divides an average by its whole window if it pads at all, also by what lies beyond the padding."
)


def _auto_pad(value: Any, rank: int) -> str | None:
    if not isinstance(value, str):
        raise ValueError("is not a word")
    return AUTO_PADS[word(value.lower(), tuple(AUTO_PADS))]


def _rounding(value: Any, rank: int) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a word")
    return word(value.lower(), ROUNDINGS)


def _every_axis(value: Any, rank: int) -> Any:
    return sequence(value, len(value) if isinstance(value, tuple) else 4, is_whole)


AUTO_PAD = Form("'explicit', 'valid', 'same_upper' or 'same_lower'", _auto_pad, tuple(AUTO_PADS))
ROUNDING = Form("'floor', 'ceil' or 'ceil_torch'", _rounding, ROUNDINGS)
EVERY_AXIS = Form("a list of one whole number for every axis, batch and channels as well", _every_axis)

DATA, NAME = required("data"), ignored("name")
STRIDES, DILATIONS = required("strides", "stride", EACH), Argument("dilations", "dilation", or_none(EACH), 1)
PADS = (required("pads_begin", "padding", EACH), required("pads_end", "pads_end", EACH))
WORD = Argument("auto_pad", "auto_pad", or_none(AUTO_PAD))
ROUNDED = Argument("rounding_type", "rounding", ROUNDING, "floor")
CONV = (DATA, named_weights("filters"), STRIDES, *PADS, required("dilations", "dilation", EACH), WORD, *NAME)
TRANSPOSED = (
    *(DATA, named_weights("filters"), STRIDES, Argument("output_shape", "output", or_none(EACH))),
    *(Argument("pads_begin", "padding", or_none(EACH)), Argument("pads_end", "pads_end", or_none(EACH))),
    *(DILATIONS, WORD, Argument("output_padding", "output_padding", or_none(or_zero(EACH))), *NAME),
)
KERNEL = required("kernel_shape", "kernel", SHAPE)
MAX_POOL = (
    *(DATA, STRIDES, required("dilations", "dilation", EACH), *PADS, KERNEL, ROUNDED, WORD),
    *(*ignored("index_element_type"), Argument("axis", "", only("0", 0)), *NAME),
)
AVG_POOL = (
    *(required("data_batch"), STRIDES, *PADS, KERNEL, required("exclude_pad", "exclude", FLAG), ROUNDED, WORD),
    *(DILATIONS, *NAME),
)


def _weighed(layout: str) -> Prepare:
    return lambda parameters, rank: weighed(parameters, layout)


def _padded(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return parameters with ``padding`` as a word, or as a pair for each axis."""
    found = {name: value for name, value in parameters.items() if name not in ("auto_pad", "pads_end")}
    none = (0,) * rank
    pairs = tuple(zip(parameters.get("padding", none), parameters.get("pads_end", none)))
    return {**found, "padding": parameters.get("auto_pad", pairs)}


def _transposed(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a transposed convolution, in which a word alone crops nothing."""
    found = _padded(parameters, rank, in_channels)
    return {**found, "padding": "valid"} if "auto_pad" in parameters and "output" not in parameters else found


def _to_output_shape(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return the parameters of a transposed convolution with the crops that leave the output shape, if one is given.

    'same_upper' crops the odd element before, and 'same_lower' after; otherwise all that is not cropped before.
    """
    if "output" not in parameters:
        return parameters
    found = {name: value for name, value in parameters.items() if name != "output"}
    whole, output, padding = uncropped(parameters, input), parameters["output"], parameters["padding"]
    if padding in ("same", "same_lower"):
        cut = [onnx_crops(size, due, padding == "same_lower") for size, due in zip(whole, output)]
        pads, more = [pair for pair, _ in cut], [beyond for _, beyond in cut]
    else:
        first = [0] * len(input) if padding == "valid" else [before for before, _ in padding]
        pads = [(before, size - before - due) for size, before, due in zip(whole, first, output)]
        more = [0] * len(input)
    extra = tuple(asked + beyond for asked, beyond in zip(found.get("output_padding", [0] * len(input)), more))
    return {**found, "padding": tuple(pads), **({"output_padding": extra} if any(extra) else {})}


def _max_pool(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    found = _padded(parameters, rank, in_channels)
    found["ceil_mode"] = found.pop("rounding") != "floor"
    return found


def _avg_pool(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of an average pool, which divides by its whole window if it pads and counts at all."""
    found = _max_pool(parameters, rank, in_channels)
    excludes = found.pop("exclude")
    if _divides_by_window(parameters):
        return {**found, "divisor_override": math.prod(found["kernel"])}
    return {**found, "count_include_pad": not excludes}


def _divides_by_window(asked: Parameters) -> bool:
    """Return whether an average is divided by the whole of a window that hangs over the padding."""
    pads = any(map(any, (asked["padding"], asked["pads_end"])))
    return pads and not asked["exclude"] and asked["rounding"] != "floor" and "auto_pad" not in asked


def _conv_asides(asked: Parameters, case: Case) -> list[str]:
    """Return an aside if a convolution raises; one of an empty batch never does."""
    if case.batch and not isinstance(case.padding, str) and min(map(min, case.padding)) < 0:
        return [Raises("OpenVINO raises: pads may not be negative.")]
    return []


def _transposed_asides(asked: Parameters, case: Case) -> list[str]:
    if min(asked.get("padding", (0,))) < 0:
        return [Raises("OpenVINO raises: pads_begin may not be negative.")]
    said = [SIZED] if "output" in asked else [PADS_NOTHING] if asked.get("auto_pad", "valid") != "valid" else []
    return said + empty_where_nothing_is_left("OpenVINO", case)


def _pool_asides(asked: Parameters, case: Case) -> list[str]:
    """Return asides if a pool raises, or keeps windows that the case has not."""
    if case.batch == 0:
        return [Raises("OpenVINO raises: a pool refuses an empty batch.")]
    pads = () if isinstance(case.padding, str) else case.padding
    if min((side for pair in pads for side in pair), default=0) < 0:
        return [Raises("OpenVINO raises: pads may not be negative.")]
    reaches = [d * (k - 1) + 1 for k, d in zip(case.kernel, case.dilation)]
    if asked.get("exclude") and any(max(pair) >= reach for pair, reach in zip(pads, reaches)):
        return [Raises("OpenVINO raises: with exclude_pad, pads must be smaller than the window.")]
    said = [WHOLE_WINDOW] if case.op == "avg_pool" and _divides_by_window(asked) else []
    along = [
        axis for axis in (operation(case.op).axis(case, i) for i in range(case.rank)) if isinstance(axis, PoolAxis)
    ]
    if any(axis.effective > axis.n + axis.before + axis.after for axis in along):
        return [Raises("OpenVINO raises: a window may not be larger than the padded input.")]
    sizes = tuple(axis.rounded_up if asked["rounding"] == "ceil" else axis.output for axis in along)
    if sizes == outputs(case) and not isinstance(axes(case), Invalid):
        return said
    shown = ",".join(map(str, sizes))
    kept = f"OpenVINO keeps windows that hold nothing but padding: its output is ({shown})."
    return [*said, Returns.of(sizes, kept)]


def _adaptive_asides(asked: Parameters, case: Case) -> list[str]:
    if case.op == "max_pool" and set(outputs(case)) != {1} and asked["index_type"] == "i64":
        return [Raises("OpenVINO raises: on a CPU, this pool has no indices of i64; write index_element_type='i32'.")]
    return []


def _adaptive(name: str, op: str, *more: Argument) -> Layer:
    size = required("output_shape", "output_size", EACH)
    own = functions(PREFIXES, name)
    given = (DATA, size, *more, *NAME)
    return Layer(
        "OpenVINO",
        own,
        op,
        0,
        given,
        complete=lambda parameters, rank, channels: {"output_size": parameters["output_size"]},
        asides=_adaptive_asides,
        data="data",
        rank_of_input=True,
    )


def _pad(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of padding that is given for every axis, the batch first."""
    pads = tuple(zip(parameters["pads"], parameters["pads_end"]))
    return {**{name: parameters[name] for name in ("mode", "fill") if name in parameters}, "pads": pads, "first": 0}


PAD = Layer(
    "OpenVINO",
    functions(PREFIXES, "pad"),
    "pad",
    0,
    (
        *(required("arg"), required("pads_begin", "pads", EVERY_AXIS), required("pads_end", "pads_end", EVERY_AXIS)),
        required("pad_mode", "mode", modes("constant", "edge", "reflect", "symmetric")),
        *(Argument("arg_pad_value", "fill", or_none(FILL)), *NAME),
    ),
    complete=_pad,
    data="arg",
)


def _convolutions(grouped: str) -> tuple[Layer, ...]:
    layouts = ("Goi#", "Gio#") if grouped else ("Oi#", "Io#")
    beside = 3 if grouped else 2
    conv = Layer(
        "OpenVINO",
        functions(PREFIXES, f"{grouped}convolution"),
        "conv",
        0,
        CONV,
        complete=_padded,
        asides=_conv_asides,
        data="data",
        prepare=_weighed(layouts[0]),
        beside=beside,
    )
    transposed = Layer(
        "OpenVINO",
        functions(PREFIXES, f"{grouped}convolution_backprop_data"),
        "conv_transpose",
        0,
        TRANSPOSED,
        complete=_transposed,
        asides=_transposed_asides,
        data="data",
        prepare=_weighed(layouts[1]),
        fit=_to_output_shape,
        beside=beside,
    )
    return conv, transposed


INDEX_TYPES = ("i32", "i64")


def _index_type(value: Any, rank: int) -> str:
    return word(value, INDEX_TYPES)


INDEX_TYPE = Argument("index_element_type", "index_type", Form("'i32' or 'i64'", _index_type, INDEX_TYPES), "i64")
LAYERS = (
    *_convolutions(""),
    *_convolutions("group_"),
    Layer(
        *("OpenVINO", functions(PREFIXES, "max_pool"), "max_pool", 0, MAX_POOL),
        complete=_max_pool,
        asides=_pool_asides,
        data="data",
    ),
    Layer(
        *("OpenVINO", functions(PREFIXES, "avg_pool"), "avg_pool", 0, AVG_POOL),
        complete=_avg_pool,
        asides=_pool_asides,
        data="data_batch",
    ),
    _adaptive("adaptive_max_pool", "max_pool", INDEX_TYPE),
    _adaptive("adaptive_avg_pool", "avg_pool"),
    PAD,
)
