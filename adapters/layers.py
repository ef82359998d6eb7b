"""The layers that can be read from source, with their current signatures, under each of their names.

Versions: torch 2.13, Keras 3.15, TensorFlow 2.21, flax.linen and flax.nnx 0.12, jax 0.10, mxnet.gluon 1.9.1, ONNX opset
22, equinox.nn 0.13, haiku 0.0.17, openvino.opset16 2026.4, mlx.nn 0.32, paddle.nn 3.3, TensorFlow.js 4.22; and, for
older code, tf.layers, slim and Keras 1. Arguments are in the framework's own order and have its defaults. The values
that an argument may hold were tried in the framework, not taken from its documentation, but for those of Keras 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from .equinox.signatures import LAYERS as EQUINOX
from .flax.functions import FUNCTIONS as JAX_FUNCTIONS
from .flax.signatures import LAYERS as FLAX
from .haiku.signatures import LAYERS as HAIKU
from .keras.functions import FUNCTIONS as KERAS_FUNCTIONS
from .keras.older import LAYERS as OLDER_KERAS
from .keras.signatures import LAYERS as KERAS
from .mlx.signatures import LAYERS as MLX
from .mxnet.signatures import LAYERS as MXNET
from .onnx.signatures import LEFT_NODES, MAKERS, NODES, SAME_NODES
from .openvino.signatures import LAYERS as OPENVINO
from .paddle.signatures import LAYERS as PADDLE
from .signature import Layer
from .tensorflowjs.signatures import LAYERS as TENSORFLOWJS
from .torch.functions import FUNCTIONS as TORCH_FUNCTIONS
from .torch.signatures import LAYERS as TORCH

__all__ = [
    "BY_NAME",
    "BY_OP_TYPE",
    "LEFT",
    "LEFT_NODES",
    "MAKERS",
    "NAMES",
    "PREFIXES",
    "READS",
    "SAME_NODES",
    "WINDOWLESS",
]

READS = (
    "a convolution, transposed convolution or pool of torch.nn, keras.layers, flax.linen, flax.nnx, "
    "mxnet.gluon.nn, equinox.nn, haiku, mlx.nn, openvino.opset16, paddle.nn, TensorFlow.js or onnx.helper.make_node, "
    "such as nn.Conv2d"
)

BY_OP_TYPE = {node.names[0]: node for node in NODES}


def _by_name() -> dict[str, tuple[Layer, ...]]:
    found: dict[str, tuple[Layer, ...]] = {}
    layers = TORCH + KERAS + FLAX + MXNET + EQUINOX + HAIKU + MLX
    for layer in (
        layers + TORCH_FUNCTIONS + KERAS_FUNCTIONS + JAX_FUNCTIONS + OPENVINO + PADDLE + TENSORFLOWJS + OLDER_KERAS
    ):
        for name in layer.names:
            found[name] = (*found.get(name, ()), layer)
    return found


# A bare Conv2D and the like has several layers; Keras is meant unless the arguments are MXNet's.
BY_NAME = _by_name()
NAMES = (*BY_NAME, *MAKERS)
PREFIXES = {name.rpartition(".")[0] for name in NAMES}


def _ranked(stems: str) -> Iterator[str]:
    return (stem.replace("#", rank + d) for stem in stems.split() for rank in "123" for d in "dD")


# Layers that hold others in order, by the last part of their name.
CONTAINERS = frozenset({"Sequential", "HybridSequential", "OrderedDict"})
INPUTS = frozenset({"Input", "InputLayer", "Identity"})
# Functions of the weights around a layer.
WRAPPERS = frozenset({"weight_norm", "spectral_norm", "WeightNorm", "SpectralNorm", "SpectralNormalization"})
TIME = "TimeDistributed"  # applies a layer to each step in time, as to a batch

ACTIVATIONS = """
Activation ReLU ReLU6 LeakyReLU PReLU RReLU ThresholdedReLU ELU CELU SELU GELU SiLU Silu Swish Mish Sigmoid LogSigmoid
Hardsigmoid Hardswish Hardtanh Tanh Softplus Softsign Softmax Softmax2d LogSoftmax
relu relu6 leaky_relu prelu elu celu selu gelu silu swish mish sigmoid hard_sigmoid hardsigmoid hard_swish hardswish
hard_tanh hardtanh tanh leakyRelu softplus softsign soft_sign softmax log_softmax log_sigmoid clip hsigmoid hswish clamp
"""
NORMALISATIONS = """
BatchNorm BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d SyncBatchNorm
BatchNormalization InstanceNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d GroupNorm GroupNormalization LayerNorm
LayerNormalization RMSNorm UnitNormalization LocalResponseNorm
batch_norm batch_normalization instance_norm group_norm layer_norm local_response_norm
"""
DROPOUTS = """
Dropout Dropout1d Dropout2d Dropout3d AlphaDropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout
GaussianNoise dropout
"""
# Layers and functions that move no window, by the last part of their name.
LEFT = frozenset((ACTIVATIONS + NORMALISATIONS + DROPOUTS).split())

# Layers that slide no window and are none of the above, by the last part of their name.
WINDOWLESS = frozenset(
    [
        "Dense",
        "DenseGeneral",
        "Linear",
        "Flatten",
        "Rescaling",
        "Normalization",
        "Reshape",
        "Permute",
        "Embedding",
        "Embed",
        "Add",
        "Multiply",
        "Concatenate",
        "Concat",
        "LSTM",
        "GRU",
        "RNN",
        "SimpleRNN",
        "LSTMCell",
        "GRUCell",
        "MultiHeadAttention",
        "MultiheadAttention",
        "Upsample",
        "UpSampling1D",
        "UpSampling2D",
        "UpSampling3D",
        "UpsamplingNearest2d",
        "UpsamplingBilinear2d",
        "PixelShuffle",
        "Bilinear",
        "Bidirectional",
        TIME,
        "Unflatten",
    ]
)

# Layers that slide a window but are none of the operations, by their full name or its last part.
UNHANDLED = frozenset(
    {
        *_ranked("ConvLSTM# LPPool# MaxUnpool# FractionalMaxPool#"),
        *("ConvLocal", "ConvLSTMCell", "separable_conv", "separable_conv2d", "atrous_conv2d"),
        *_ranked("L.Convolution#"),  # Chainer's, whose first argument is the number of input channels
        *(f"{prefix}.pool" for prefix in ("nn", "linen", "flax.linen", "nnx", "flax.nnx")),
    }
)
