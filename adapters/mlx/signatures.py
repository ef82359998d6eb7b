"""The layers of mlx.nn 0.32 and the functions of mlx.core that can be read from source.

``nn.Conv2d`` alone is PyTorch's, whose arguments are the same and whose channels come first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
from ..padding_forms import EVERY_AXIS, FILL_VALUE, modes, of_every_axis
from ..signature import (
    SIZES,
    WHOLE,
    Argument,
    Form,
    Layer,
    Parameters,
    Raises,
    Returns,
    functions,
    ignored,
    in_axes,
    is_whole,
    named_weights,
    only,
    or_none,
    or_zero,
    outputs,
    per_axis,
    required,
    sequence,
    sizes,
    weighed,
)

PREFIXES = "mlx.nn"
FUNCTIONS_OF = "mx mlx.core"

CHANNELS = (required("in_channels", "in_channels", WHOLE), required("out_channels", "out_channels", WHOLE))
GROUPS = Argument("groups", "groups", WHOLE, 1)
ARRAYS = (required("input"), named_weights("weight"))


def _window(form: Form) -> tuple[Argument, ...]:
    """Return the arguments that a convolution and a transposed one have in common."""
    return (
        Argument("stride", "stride", form, 1),
        Argument("padding", "padding", form, 0),
        Argument("dilation", "dilation", form, 1),
    )


def _sides(value: Any, rank: int) -> Any:
    """Return the padding of ``conv_general``: a number, one per axis, or all before and then all after."""
    if not isinstance(value, tuple) or all(map(is_whole, value)):
        return sizes(value, rank)
    before, after = (sequence(side, rank) for side in sequence(value, 2, lambda side: isinstance(side, tuple)))
    return tuple(zip(before, after))


SIDES = Form("a whole number, {each}, or two such sequences: all before, and all after", _sides)


def _counted(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    return {**parameters, "count_include_pad": True}


def _answers(case: Case) -> list[str]:
    """Return the aside that MLX has an output of these sizes, where there is no answer; none if a size is negative."""
    if min(sizes := outputs(case)) < 0:
        return []
    shown = ",".join(map(str, sizes))
    return [Returns.of(sizes, f"MLX raises no error where there is no answer: its output is ({shown}).")]


def _conv_asides(asked: Parameters, case: Case) -> list[str]:
    """Return asides if MLX has no kernel for float64, for which it multiplies matrices; or takes an empty input."""
    transposed = case.op == "conv_transpose"
    spread = max(case.dilation) > 1 or (transposed and max(case.stride) > 1)
    if case.dtype == "float64" and (spread or (case.rank > 1 and case.groups > 1)):
        of = "a dilation, a transposed stride, or groups along several axes"
        return [Raises(f"MLX raises: on a CPU, it has no convolutions of float64 with {of}.")]
    return _answers(case) if transposed and 0 in case.input and min(outputs(case)) > 0 else []


def _pool_asides(asked: Parameters, case: Case) -> list[str]:
    """Return asides if a pool raises, or answers where there is no answer (mlx/nn/layers/pooling.py)."""
    if min(per_axis(asked["padding"], case.rank)) < 0:
        return [Raises("MLX raises: the padding of its pools may not be negative.")]
    return _answers(case) if isinstance(axes(case), Invalid) else []


def _of_weights(parameters: Parameters, rank: int) -> Parameters:
    return weighed(parameters, "O#i")


def _layers(rank: int) -> tuple[Layer, ...]:
    def named(name: str) -> tuple[str, ...]:
        return functions(PREFIXES, f"{name}{rank}d")

    form = WHOLE if rank == 1 else SIZES
    kernel, groups = required("kernel_size", "kernel", form), () if rank == 3 else (GROUPS,)
    output_padding = Argument("output_padding", "output_padding", or_zero(form))
    conv = Layer(
        "MLX",
        named("Conv"),
        "conv",
        rank,
        (*CHANNELS, kernel, *_window(form), *groups, *ignored("bias")),
        asides=_conv_asides,
        channels_last=True,
        kernel=in_axes("O#i"),
    )
    transposed = replace(
        conv,
        names=named("ConvTranspose"),
        op="conv_transpose",
        positional=(*CHANNELS, kernel, *_window(form), output_padding, *ignored("bias")),
        kernel=in_axes("O#I"),
    )
    pool = (
        required("kernel_size", "kernel", SIZES),
        Argument("stride", "stride", or_none(SIZES)),
        Argument("padding", "padding", SIZES, 0),
    )
    most = Layer("MLX", named("MaxPool"), "max_pool", rank, pool, asides=_pool_asides, channels_last=True)
    mean = replace(most, names=named("AvgPool"), op="avg_pool", complete=_counted)
    function = replace(
        conv,
        names=functions(FUNCTIONS_OF, f"conv{rank}d"),
        positional=(*ARRAYS, *_window(form), GROUPS),
        keyword_only=ignored("stream"),
        data="input",
        prepare=_of_weights,
    )
    adjoint = replace(
        function,
        names=functions(FUNCTIONS_OF, f"conv_transpose{rank}d"),
        op="conv_transpose",
        positional=(*ARRAYS, *_window(form), output_padding, GROUPS),
        kernel=lambda asked: "O#I" if asked["groups"] == 1 else "",
    )
    return conv, transposed, most, mean, function, adjoint


GENERAL = Layer(
    "MLX",
    functions(FUNCTIONS_OF, "conv_general"),
    "conv",
    0,
    (
        *(*ARRAYS, Argument("stride", "stride", SIZES, 1), Argument("padding", "padding", SIDES, 0)),
        *(Argument("kernel_dilation", "dilation", SIZES, 1), Argument("input_dilation", "", only("1", 1)), GROUPS),
        Argument("flip", "", only("False", False)),
    ),
    ignored("stream"),
    asides=_conv_asides,
    data="input",
    channels_last=True,
    prepare=_of_weights,
    kernel=in_axes("O#i"),
)
PAD = Layer(
    "MLX",
    functions(FUNCTIONS_OF, "pad"),
    "pad",
    0,
    (
        *(required("a"), required("pad_width", "pads", EVERY_AXIS)),
        Argument("mode", "mode", modes("constant", "edge", "reflect", "symmetric")),
        FILL_VALUE,
    ),
    ignored("stream"),
    of_every_axis,
    data="a",
)
LAYERS = (*(layer for rank in (2, 1, 3) for layer in _layers(rank)), GENERAL, PAD)
