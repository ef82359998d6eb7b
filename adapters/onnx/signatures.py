"""The nodes of ONNX (opset 22) that can be read from ``helper.make_node``. Their kernel_shape sets their rank.

A convolution's output channels are in its weights, not in the node: without the shape of the weights, the case has as
few as its groups allow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.case import Case
from ..conventions import onnx_crops
from ..signature import (
    EACH,
    SHAPE,
    SIZED,
    WEIGHTS,
    WHOLE,
    Argument,
    Complete,
    Fit,
    Form,
    Layer,
    Parameters,
    Prepare,
    Raises,
    Unfit,
    as_fitting,
    ignored,
    in_axes,
    is_whole,
    only,
    or_none,
    or_zero,
    per_axis,
    required,
    sequence,
    uncropped,
    weighed,
)

MAKERS = ("helper.make_node", "onnx.helper.make_node", "make_node")
AUTO_PADS = {"NOTSET": None, "VALID": "valid", "SAME_UPPER": "same", "SAME_LOWER": "same_lower"}


def _pads(value: Any, rank: int) -> Any:
    pads = sequence(value, 2 * rank)
    return tuple(zip(pads[:rank], pads[rank:]))


def _auto_pad(value: Any, rank: int) -> Any:
    if value not in AUTO_PADS:
        raise ValueError("is not known")
    return AUTO_PADS[value]


def _flag(value: Any, rank: int) -> bool:
    if value not in (0, 1) or not (is_whole(value) or isinstance(value, bool)):
        raise ValueError("is not allowed")
    return bool(value)


PADS = Form("a list of {sides} whole numbers: before each axis, then after each", _pads)
AUTO_PAD = Form("'NOTSET', 'VALID', 'SAME_UPPER' or 'SAME_LOWER'", _auto_pad, tuple(AUTO_PADS))
FLAG = Form("0 or 1", _flag)

ACTIVATIONS = """
Relu LeakyRelu PRelu ThresholdedRelu Elu Selu Celu Gelu Sigmoid HardSigmoid HardSwish Tanh Softplus Softsign Mish
Softmax LogSoftmax Clip
"""
NORMALISATIONS = "BatchNormalization InstanceNormalization LayerNormalization GroupNormalization LpNormalization LRN"
LEFT_NODES = frozenset(f"{ACTIVATIONS} {NORMALISATIONS}".split())
SAME_NODES = ("Cast", "Identity", "Dropout")

NODE = (
    required("op_type"),
    Argument("inputs", "weights", WEIGHTS, required=True),
    required("outputs"),
    *ignored("name doc_string"),
    Argument("domain", "", only("'' or None", "", None)),
    *ignored("overload"),
)
KERNEL = Argument("kernel_shape", "kernel", SHAPE)
WINDOW = (
    Argument("strides", "stride", EACH, 1),
    Argument("pads", "padding", PADS),
    Argument("auto_pad", "auto_pad", AUTO_PAD),
    Argument("dilations", "dilation", EACH, 1),
)
GROUP = Argument("group", "groups", WHOLE, 1)
TRANSPOSED = (
    Argument("output_padding", "output_padding", or_zero(EACH)),
    Argument("output_shape", "output", or_none(EACH)),
)
CEIL_MODE = Argument("ceil_mode", "ceil_mode", FLAG, False)
COUNTED = Argument("count_include_pad", "count_include_pad", FLAG)


def _padded(parameters: Parameters) -> Parameters:
    """Return parameters with ``padding`` from either ``pads`` or the word of ``auto_pad``. Raises Unfit for both."""
    word = parameters.get("auto_pad")
    if word and "padding" in parameters:
        raise Unfit("padding", "cannot be combined with auto_pad; expected one or the other")
    given = {name: value for name, value in parameters.items() if name != "auto_pad"}
    return {**given, "padding": word} if word else given


def _weighed(layout: str) -> Prepare:
    """Return a function that takes the kernel and the channels from the shape of the weights, if it is known."""

    def prepare(parameters: Parameters, rank: int) -> Parameters:
        if "weights" not in parameters:
            return parameters
        found = weighed(parameters, layout)
        if parameters.get("kernel", found["kernel"]) != found["kernel"]:
            sizes = "x".join(map(str, parameters["weights"]))
            raise Unfit("kernel", f"is not the kernel of the weights {sizes}; expected {list(found['kernel'])}")
        return found

    return prepare


def _unweighed(parameters: Parameters, rank: int) -> Parameters:
    if "weights" in parameters:
        raise Unfit("weights", "holds no weights, as the node is a pool; leave --weights out")
    return parameters


def _conv(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    return {"out_channels": parameters["groups"], **_padded(parameters)}


def _to_output_shape(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return the parameters of a transposed convolution with the crops that leave the output shape, if one is given."""
    found = {name: value for name, value in parameters.items() if name != "output"}
    if "output" not in parameters:
        return found
    upper, given = parameters.get("padding") == "same", per_axis(parameters.get("output_padding", 0), len(input))
    cut = [onnx_crops(size, output, upper) for size, output in zip(uncropped(parameters, input), parameters["output"])]
    extra = tuple(o + more for o, (_, more) in zip(given, cut))
    return {**found, "padding": tuple(pair for pair, _ in cut), **({"output_padding": extra} if any(extra) else {})}


def _max_pool(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    return _padded(parameters)


def _average_pool(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of an average pool: ONNX does not count padding by default, but a case counts numbers."""
    counts = {"count_include_pad": False} if "padding" in parameters else {}
    return {**counts, **_padded(parameters)}


def _refused(asked: Parameters, case: Case) -> list[str]:
    """Return asides if ONNX Runtime has no kernel for the dtype on a CPU, or if it or ONNX checks a rule."""
    wider = case.dtype in ("float64", "int8", "uint8") and (case.op != "max_pool" or case.output_size is not None)
    if wider or case.dtype in ("bfloat16", "int32", "int64"):
        return [Raises(f"ONNX Runtime raises: it has no {case.dtype} kernel for this on a CPU.")]
    pads = () if isinstance(case.padding, str) else case.padding
    if min((side for pair in pads for side in pair), default=0) < 0:
        return [Raises("ONNX raises: pads may not be negative.")]
    if case.pools and any(side >= k for pair, k in zip(pads, case.kernel) for side in pair):
        return [Raises("ONNX Runtime raises: the pads of a pool must be smaller than kernel_shape.")]
    if case.op == "conv" and asked.get("auto_pad") in ("same", "same_lower") and max(case.dilation) > 1:
        return [Raises("ONNX Runtime raises: auto_pad cannot be combined with dilations.")]
    sized = [SIZED] if "output" in asked else []
    if sized and asked.get("padding") and not asked.get("auto_pad"):
        sized.append("ONNX ignores pads where there is an output_shape.")
    if any(o >= s for o, s in zip(case.output_padding or (0,) * case.rank, case.stride)):
        if sized:
            what = "output_shape must be less than a stride above the size without any crop"
            return [*sized, Raises(f"ONNX Runtime raises: {what}.")]
        return [Raises("ONNX Runtime raises: output_padding must be smaller than strides.")]
    return sized


def _node(
    op_type: str,
    op: str,
    kernel: Argument,
    attributes: tuple[Argument, ...],
    complete: Complete,
    prepare: Prepare,
    layout: str = "",
    fit: Fit = as_fitting,
) -> Layer:
    given = (kernel, *WINDOW, *attributes)
    kind = Layer("ONNX", (op_type,), op, 0, NODE, given, complete, _refused, data="inputs", prepare=prepare)
    return replace(kind, optional_weights=True, kernel=in_axes(layout), fit=fit)


def _everything(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters of a global pool, whose window is the whole input."""
    return {**parameters, "output_size": 1}


def _global(op_type: str, op: str) -> Layer:
    return Layer(
        "ONNX",
        (op_type,),
        op,
        0,
        NODE,
        complete=_everything,
        asides=_refused,
        data="inputs",
        prepare=_unweighed,
        rank_of_input=True,
        optional_weights=True,
    )


REQUIRED = replace(KERNEL, required=True)
# named by op_type, which is an argument of the call
NODES = (
    _node("Conv", "conv", KERNEL, (GROUP,), _conv, _weighed("Oi#"), "Oi#"),
    _node(
        *("ConvTranspose", "conv_transpose", KERNEL, (GROUP, *TRANSPOSED), _conv, _weighed("Io#"), "Io#"),
        fit=_to_output_shape,
    ),
    _node("MaxPool", "max_pool", REQUIRED, (CEIL_MODE, *ignored("storage_order")), _max_pool, _unweighed),
    _node("AveragePool", "avg_pool", REQUIRED, (CEIL_MODE, COUNTED), _average_pool, _unweighed),
    _global("GlobalMaxPool", "max_pool"),
    _global("GlobalAveragePool", "avg_pool"),
)
