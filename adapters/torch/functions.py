"""The functions of torch.nn.functional 2.13 that can be read from source: the layers, with weights among the arguments.

A convolution's kernel and channels are the shape of its weights: (out, in / groups, *kernel), or for a transposed one
(in, out / groups, *kernel).
"""

from __future__ import annotations

from ..padding_forms import FILL, FLAT, modes, of_last_axes
from ..signature import (
    FLAG,
    WHOLE,
    Argument,
    Layer,
    Parameters,
    Prepare,
    as_given,
    functions,
    ignored,
    named_weights,
    or_none,
    or_zero,
    required,
    weighed,
)
from .signatures import ADAPTIVE, AVERAGE_POOL, DIVISOR, PADDING, REFUSED, STRETCHED, WINDOW, adaptive_refused, sized

PREFIXES = "F nn.functional torch.nn.functional functional torch"
INPUT, WEIGHT, BIAS = required("input"), named_weights("weight"), ignored("bias")
STRIDE, GROUPS = Argument("stride", "stride", STRETCHED, 1), Argument("groups", "groups", WHOLE, 1)
DILATION = Argument("dilation", "dilation", STRETCHED, 1)
CONV = (INPUT, WEIGHT, *BIAS, STRIDE, Argument("padding", "padding", PADDING, 0), DILATION, GROUPS)
TRANSPOSED = (
    *(INPUT, WEIGHT, *BIAS, STRIDE, Argument("padding", "padding", STRETCHED, 0)),
    *(Argument("output_padding", "output_padding", or_zero(STRETCHED)), GROUPS, DILATION),
)
MAX_POOL = (INPUT, *WINDOW, DILATION, Argument("ceil_mode", "ceil_mode", FLAG, False), *ignored("return_indices"))
PAD = Layer(
    "PyTorch",
    functions(PREFIXES, "pad"),
    "pad",
    0,
    (
        *(INPUT, required("pad", "pads", FLAT)),
        Argument("mode", "mode", modes("constant", "reflect", "replicate", "circular")),
        Argument("value", "fill", or_none(FILL)),
    ),
    complete=of_last_axes,
    data="input",
)


def _conv(parameters: Parameters, rank: int) -> Parameters:
    return weighed(parameters, "Oi#")


def _transposed(parameters: Parameters, rank: int) -> Parameters:
    return weighed(parameters, "Io#")


def _functions(rank: int) -> tuple[Layer, ...]:
    def function(name: str, op: str, arguments: tuple[Argument, ...], prepare: Prepare = as_given) -> Layer:
        own = functions(PREFIXES, f"{name}{rank}d")
        return Layer("PyTorch", own, op, rank, arguments, asides=REFUSED[op], data="input", prepare=prepare)

    def adaptive(name: str, op: str) -> Layer:
        own = functions(PREFIXES, f"adaptive_{name}_pool{rank}d")
        return Layer("PyTorch", own, op, rank, (INPUT, *ADAPTIVE[op]), data="input", fit=sized, asides=adaptive_refused)

    average_pool = (INPUT, *AVERAGE_POOL)
    return (
        function("conv", "conv", CONV, _conv),
        function("conv_transpose", "conv_transpose", TRANSPOSED, _transposed),
        function("max_pool", "max_pool", MAX_POOL),
        adaptive("max", "max_pool"),
        adaptive("avg", "avg_pool"),
        function("avg_pool", "avg_pool", average_pool if rank == 1 else (*average_pool, DIVISOR)),
    )


FUNCTIONS = (*(function for rank in (2, 1, 3) for function in _functions(rank)), PAD)
