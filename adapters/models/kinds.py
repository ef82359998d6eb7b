"""The kinds of calls in a recording, with the settings and weights of each, in no framework's terms.

Pads are a [before, after] pair per spatial axis, as numbers also where the framework was given a word, which is then
in ``word``, since a word stands for other numbers on other inputs. Weights have the
layouts of ``cases.inputs``: (out, in / groups, *kernel) for a convolution, (in, out / groups, *kernel) for a transposed
one, (out, in) for a dense layer.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Kind:
    """The record of a call: the names of its settings and of its weights, and its settings for training only."""

    settings: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


TRANSPOSED: Literal["conv_transpose"] = "conv_transpose"
CONVOLUTIONS = ("conv", TRANSPOSED)
WINDOWS = ("kernel", "stride", "dilation", "pads", "word")
NORMED = ("scale", "shift")

KINDS = {
    "conv": Kind((*WINDOWS, "groups"), ("kernel", "bias")),
    TRANSPOSED: Kind((*WINDOWS, "groups", "output_padding"), ("kernel", "bias")),
    "max_pool": Kind((*WINDOWS, "ceil")),
    "avg_pool": Kind((*WINDOWS, "ceil", "count_include_pad", "divisor")),
    "pad": Kind(("pads", "mode", "value")),  # pads of every axis, channels first; negative ones crop
    "dense": Kind((), ("kernel", "bias")),
    "batch_norm": Kind(("epsilon",), (*NORMED, "mean", "variance"), ("momentum",)),
    "layer_norm": Kind(("epsilon", "axes"), NORMED),
    "group_norm": Kind(("epsilon", "groups"), NORMED),
    "instance_norm": Kind(("epsilon",), NORMED),
    "activation": Kind(("form", "parameters")),  # the forms are those of report.models.activations
    "resize": Kind(("mode", "corners", "size")),
    "mean": Kind(("axes",)),  # over these axes, channels first
    "flatten": Kind(),
    "reshape": Kind(),
    "permute": Kind(("axes",)),
    "add": Kind(("scalar",)),
    "multiply": Kind(("scalar",)),
    "concat": Kind(("axis",)),
    "dropout": Kind((), (), ("rate",)),
    "identity": Kind(),
    "other": Kind(),  # anything else: it can be applied, and is compared by numbers only
}
