"""The functions of jax.lax and jax.numpy 0.10 that can be read from source, as flax users call them.

``dimension_numbers`` say which axes are which; without them, ``lax.conv_general_dilated`` has channels first and
``lax.conv_transpose`` has channels last.
"""

from __future__ import annotations

from typing import Any

from ...cases.case import Case
from ..padding_forms import EVERY_AXIS, FILL, FILL_VALUE, modes, of_every_axis
from ..signature import (
    FLAG,
    WHOLE,
    Argument,
    Form,
    Layer,
    Mirrors,
    Parameters,
    Unfit,
    effective,
    empty_where_nothing_fits,
    functions,
    ignored,
    is_pair,
    is_whole,
    named_weights,
    only,
    or_none,
    per_axis,
    required,
    sequence,
    weighed,
    word,
)
from .signatures import CROPS, LAX_WORDS, MIRRORED, _cropped

LAX = "lax jax.lax"
SPATIAL = {1: "W", 2: "HW", 3: "DHW"}
STRETCHED = Mirrors("jax applies this kernel mirrored, as a convolution: mirror weights from transposed convolutions.")


def _numbers(value: Any, rank: int) -> Any:
    """Return the three specifications of ``dimension_numbers``. Raises ValueError."""
    specs = sequence(value, 3, lambda spec: isinstance(spec, str))
    if any(len(spec) != rank + 2 for spec in specs):
        raise ValueError(f"is not for {rank + 2} axes")
    return specs


def _pads(value: Any, rank: int) -> Any:
    return word(value.upper(), LAX_WORDS).lower() if isinstance(value, str) else sequence(value, rank, is_pair)


EACH = Form("one whole number for each axis", sequence)
PADS = Form("{pairs}, 'SAME', 'VALID' or 'SAME_LOWER'", _pads, LAX_WORDS)
TRANSPOSED_PADS = Form(
    "{pairs}, 'SAME' or 'VALID'",
    lambda value, rank: word(value, ("SAME", "VALID")).lower() if isinstance(value, str) else _pads(value, rank),
    ("SAME", "VALID"),
)
NUMBERS = Form("a tuple of three strings, such as ('NHWC', 'HWIO', 'NHWC')", _numbers)
ARRAYS = (required("lhs"), named_weights("rhs"))
STRIDES = required("window_strides", "stride", EACH)
LHS_DILATION = Argument("lhs_dilation", "stretch", or_none(EACH))
RHS_DILATION = Argument("rhs_dilation", "dilation", or_none(EACH), 1)
DIMENSIONS = Argument("dimension_numbers", "dimensions", or_none(NUMBERS))
LAST = ignored("precision preferred_element_type")
PADDING = required("padding", "padding", PADS)


def _laid_out(parameters: Parameters, rank: int, default: tuple[str, str], swapped: bool = False) -> Parameters:
    """Return parameters with the kernel and channels of the weights, as the dimension numbers lay them out."""
    spatial = SPATIAL[rank]
    inputs, kernel, _ = parameters.get("dimensions") or (*(spec.replace("#", spatial) for spec in default), "")
    axes = inputs.replace("N", "").replace("C", "")
    layout = kernel.replace(axes, "#")
    if set(inputs) != {"N", "C", *axes} or len(axes) != rank or set(layout) != {"O", "I", "#"}:
        raise Unfit("dimensions", "is not handled by this version; expected such as ('NHWC', 'HWIO', 'NHWC')")
    if not inputs.startswith("N") or "C" not in (inputs[1], inputs[-1]):
        raise Unfit("dimensions", "has the batch or the channels elsewhere; expected the batch first")
    if swapped:
        layout = layout.translate(str.maketrans("OI", "IO"))
    found = weighed(parameters, layout.replace("I", "i"))
    found = {name: value for name, value in found.items() if name != "dimensions"}
    return {**found, "layout": "last" if inputs[-1] == "C" else "first"}


def _conv(parameters: Parameters, rank: int) -> Parameters:
    return _laid_out(parameters, rank, ("NC#", "OI#"))


def _conv_transpose(parameters: Parameters, rank: int) -> Parameters:
    return _laid_out(parameters, rank, ("N#C", "#IO"), parameters["transpose_kernel"])


def _stretched(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return parameters in which a dilation of the input is the stride of a transposed convolution."""
    stretch = parameters.get("stretch", 1)
    found = {name: value for name, value in parameters.items() if name != "stretch"}
    if set(per_axis(stretch, rank)) == {1}:
        return found
    if set(per_axis(parameters["stride"], rank)) != {1}:
        raise Unfit("stride", "is not handled by this version beside lhs_dilation; expected 1 for each axis")
    padding = parameters["padding"]
    if padding not in ("valid", *(() if isinstance(padding, str) else (padding,))):
        raise Unfit("padding", "is not allowed by jax beside lhs_dilation; expected numbers or 'VALID'")
    pads = ((0, 0),) * rank if padding == "valid" else padding
    crops = tuple((e - 1 - before, e - 1 - after) for e, (before, after) in zip(effective(parameters, rank), pads))
    return {**found, "op": "conv_transpose", "stride": stretch, "padding": crops}


def _empty(asked: Parameters, case: Case) -> list[str]:
    return empty_where_nothing_fits("jax", case)


def _stretched_asides(asked: Parameters, case: Case) -> list[str]:
    return [*_empty(asked, case), *([STRETCHED] if case.op == "conv_transpose" else [])]


def _transposed_asides(asked: Parameters, case: Case) -> list[str]:
    said = [*_empty(asked, case), *([] if isinstance(asked["padding"], str) else [CROPS.replace("Flax", "jax")])]
    return said if asked["transpose_kernel"] else [*said, Mirrors(MIRRORED.replace("Flax", "jax"))]


def _inner(fits: Any) -> Any:
    """Return a function that reads one entry per axis, batch and channels included, of channels last."""

    def read(value: Any, rank: int) -> Any:
        entries = sequence(value, rank + 2 if rank else min(max(len(value), 3), 5), fits)
        if {entries[0], entries[-1]} - {1, (0, 0)}:
            raise ValueError("has a window over the batch or the channels")
        return entries[1:-1]

    return read


def _inner_pads(value: Any, rank: int) -> Any:
    return word(value.upper(), LAX_WORDS).lower() if isinstance(value, str) else _inner(is_pair)(value, rank)


INNER = Form("one whole number for each axis, of which the first and the last are 1", _inner(is_whole))
INNER_PADS = Form("a (before, after) pair for each axis, 'SAME', 'VALID' or 'SAME_LOWER'", _inner_pads, LAX_WORDS)


def _config(value: Any, rank: int) -> Any:
    triples = sequence(value, len(value) if isinstance(value, tuple) else 0, lambda item: isinstance(item, tuple))
    if any(len(triple) != 3 or not all(map(is_whole, triple)) for triple in triples):
        raise ValueError("holds an entry that is not allowed")
    if any(triple[2] for triple in triples):
        raise ValueError("pads between the elements, which is not handled by this version")
    return tuple(triple[:2] for triple in triples)


CONFIG = Form("a (before, after, 0) triple for each axis, batch and channels as well", _config)
PAD_MODES = modes("constant", "reflect", "edge", "wrap", "symmetric")

FUNCTIONS = (
    Layer(
        "JAX",
        functions(LAX, "conv_general_dilated"),
        "conv",
        0,
        (
            *(*ARRAYS, STRIDES, PADDING, LHS_DILATION, RHS_DILATION, DIMENSIONS),
            Argument("feature_group_count", "groups", WHOLE, 1),
            Argument("batch_group_count", "", only("1", 1)),
            *LAST,
        ),
        ignored("out_sharding"),
        _stretched,
        _stretched_asides,
        data="lhs",
        prepare=_conv,
    ),
    Layer(
        "JAX",
        functions(LAX, "conv_with_general_padding"),
        "conv",
        0,
        (*ARRAYS, STRIDES, PADDING, LHS_DILATION, RHS_DILATION, *LAST),
        (),
        _stretched,
        _stretched_asides,
        data="lhs",
        prepare=_conv,
    ),
    Layer(
        "JAX",
        functions(LAX, "conv"),
        "conv",
        0,
        (*ARRAYS, STRIDES, PADDING, *LAST),
        asides=_empty,
        data="lhs",
        prepare=_conv,
    ),
    Layer(
        "JAX",
        functions(LAX, "conv_transpose"),
        "conv_transpose",
        0,
        (
            *(*ARRAYS, required("strides", "stride", EACH), required("padding", "padding", TRANSPOSED_PADS)),
            *(RHS_DILATION, DIMENSIONS, Argument("transpose_kernel", "transpose_kernel", FLAG, False)),
            *(*LAST, Argument("use_consistent_padding", "", only("False", False))),
        ),
        (),
        _cropped,
        _transposed_asides,
        data="lhs",
        prepare=_conv_transpose,
    ),
    Layer(
        "JAX",
        functions(LAX, "reduce_window"),
        "max_pool",
        0,
        (
            *(required("operand"), required("init_value", form=only("-jnp.inf", float("-inf")))),
            required("computation", form=Form("lax.max", only("lax.max", "max").read, symbols=True)),
            required("window_dimensions", "kernel", INNER),
            Argument("window_strides", "stride", or_none(INNER), 1),
            Argument("padding", "padding", INNER_PADS, "valid"),
            Argument("base_dilation", "", only("None", None)),
            Argument("window_dilation", "dilation", or_none(INNER), 1),
        ),
        asides=_empty,
        data="operand",
        channels_last=True,
    ),
    Layer(
        "JAX",
        functions("jnp jax.numpy np numpy mx.np", "pad"),
        "pad",
        0,
        (required("array"), required("pad_width", "pads", EVERY_AXIS), Argument("mode", "mode", PAD_MODES)),
        (FILL_VALUE,),
        of_every_axis,
        data="array",
    ),
    Layer(
        "JAX",
        functions(LAX, "pad"),
        "pad",
        0,
        (
            *(required("operand"), required("padding_value", "fill", FILL)),
            required("padding_config", "pads", CONFIG),
        ),
        complete=of_every_axis,
        data="operand",
    ),
)
