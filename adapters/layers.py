"""The layers that can be read from source, with their current signatures, under each of their names.

Versions: torch 2.13, Keras 3.15, flax.linen and flax.nnx 0.12, mxnet.gluon 1.9.1, ONNX opset 22. Arguments are in the
framework's own order and have its defaults. The values that an argument may hold were tried in the framework, not taken
from its documentation.
"""

from __future__ import annotations

from collections.abc import Iterator

from .flax.signatures import LAYERS as FLAX
from .keras.signatures import LAYERS as KERAS
from .mxnet.signatures import LAYERS as MXNET
from .onnx.signatures import MAKERS, NODES
from .signature import Layer
from .torch.signatures import LAYERS as TORCH

READS = (
    "a convolution, transposed convolution or pool of torch.nn, keras.layers, flax.linen, flax.nnx, "
    "mxnet.gluon.nn or onnx.helper.make_node, such as nn.Conv2d"
)

BY_OP_TYPE = {node.names[0]: node for node in NODES}


def _by_name() -> dict[str, tuple[Layer, ...]]:
    found: dict[str, tuple[Layer, ...]] = {}
    for layer in TORCH + KERAS + FLAX + MXNET:
        for name in layer.names:
            found[name] = (*found.get(name, ()), layer)
    return found


# A bare Conv2D and the like has several layers; Keras is meant unless the arguments are MXNet's.
BY_NAME = _by_name()
NAMES = (*BY_NAME, *MAKERS)
PREFIXES = {name.rpartition(".")[0] for name in NAMES}


def _ranked(stems: str) -> Iterator[str]:
    return (stem.replace("#", rank + d) for stem in stems.split() for rank in "123" for d in "dD")


# Layers that slide a window but are none of the operations, by their full name or its last part.
UNHANDLED = frozenset(
    {
        *_ranked("SeparableConv# SeparableConvolution# ConvLSTM# LPPool# MaxUnpool# FractionalMaxPool#"),
        *_ranked("AdaptiveAvgPool# AdaptiveMaxPool# AdaptiveAveragePooling# AdaptiveMaxPooling#"),
        *_ranked("GlobalMaxPool# GlobalMaxPooling# GlobalAvgPool# GlobalAveragePooling#"),
        *("ConvLocal", "ConvLSTMCell"),
        *_ranked("L.Convolution#"),  # Chainer's, whose first argument is the number of input channels
        *(f"{prefix}.pool" for prefix in ("nn", "linen", "flax.linen", "nnx", "flax.nnx")),
    }
)
