"""The names of other files that matter while source is followed: layers, containers, joins, and wrappers."""

from __future__ import annotations

from ....adapters.layers import BY_NAME, INPUTS, LEFT, WINDOWLESS, WRAPPERS

# By the last part of their name, which PyTorch, Keras and Gluon share.
PADS = {f"{name}{rank}{d}" for name in ("ZeroPadding", "Cropping") for rank in "123" for d in "D"}
PADS |= {f"{name}Pad{rank}d" for name in ("Zero", "Constant") for rank in "123"}
PADS |= {f"{name}Pad{rank}d" for name in ("Reflection", "Replication", "Circular") for rank in "123"}
WINDOWS = {name.rpartition(".")[2] for name in BY_NAME}
CHANNELS = {"Concatenate", "Concat", "concatenate", "concat", "cat"}
ADDED = {"Add", "Multiply", "Average", "Maximum", "Subtract", "add", "multiply", "average", "maximum", "subtract"}
BOXES = {"Sequential", "HybridSequential", "ModuleList", "ModuleDict", "OrderedDict", "List", "Dict"}
MADE_INPUT = INPUTS - {"Identity"}
TENSORS = {"x", "X", "inputs", "input", "inp", "input_tensor", "img", "image", "images", "data", "tensor"}
FROZEN = {"partial"}
ACTIVATIONS = {"relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "mish", "softplus", "softsign"}
ACTIVATIONS |= {"sigmoid", "tanh", "hardswish", "hard_swish", "hardsigmoid", "hard_sigmoid", "hard_silu"}
OLDER = {"dense", "fully_connected", "batch_normalization", "batch_norm", "flatten", "dropout"}  # of TensorFlow 1
OF_FUNCTIONS = {"F", "torch", "tf", "nn", "jax", "keras", "activations", "ops", "K", "linen"}  # roots of their names
MODULES = {  # the usual names of modules, by which layers are known
    "torch.nn": "nn",
    "torch.nn.functional": "F",
    "keras.layers": "layers",
    "tensorflow.keras.layers": "layers",
    "tf_keras.layers": "layers",
    "flax.linen": "linen",
    "flax.nnx": "nnx",
    "mxnet.gluon.nn": "nn",
    "mlx.nn": "mlx.nn",
    **dict.fromkeys(("tf_slim", "tf_slim.layers", "tensorflow.contrib.slim", "tensorflow.contrib.layers"), "slim"),
    **dict.fromkeys(("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"), "slim"),
    **dict.fromkeys(("tensorflow.layers", "tensorflow.compat.v1.layers"), "tf.layers"),
}
ONE_NAME = ("slim", "tf.layers", "v1.layers")  # these would be another module's under another alias, such as layers


PADDED_BY_SIZE = "correct_pad"  # of keras.applications, and of the copies of it that models have

MEANS = {  # the pool over all places that the mean over some axes is
    (2, 3): "nn.AdaptiveAvgPool2d(1)",
    (-2, -1): "nn.AdaptiveAvgPool2d(1)",
    (2, 3, 4): "nn.AdaptiveAvgPool3d(1)",
    (-3, -2, -1): "nn.AdaptiveAvgPool3d(1)",
    (1, 2): "layers.GlobalAveragePooling2D()",
    (1, 2, 3): "layers.GlobalAveragePooling3D()",
}


def mean(name: str, axes: object) -> str:
    """Return the layer that a mean over axes is; empty if it is none."""
    whole = isinstance(axes, (list, tuple)) and all(isinstance(axis, int) for axis in axes)
    if name.rpartition(".")[2] not in ("mean", "reduce_mean") or not whole or not isinstance(axes, (list, tuple)):
        return ""
    return MEANS.get(tuple(sorted(axes)), "")


def usual(module: str, alias: str) -> str:
    """Return the name under which a module is known here: the alias of the file, or the usual one for another alias."""
    known = MODULES.get(module)
    if known is not None and (known == module or known in ONE_NAME):
        return known
    return alias if known is None or alias in MODULES.values() else known


def is_layer(name: str) -> bool:
    """Return whether a dotted name is one of a layer, or a function of the kind, that a stack may show."""
    last = name.rpartition(".")[2]
    return (
        last in WINDOWS
        or last in PADS
        or (last in LEFT and last[:1].isupper())
        or last in WINDOWLESS - CHANNELS - ADDED
        or last in ("interpolate", "Resizing")
        or is_activation(name)
        or name.endswith("image.resize")
        or (last in OLDER and name.rpartition(".")[0].endswith(ONE_NAME))
    )


def is_activation(name: str) -> bool:
    """Return whether a dotted name is that of a function that is an activation."""
    root, _, last = name.rpartition(".")
    return last in ACTIVATIONS and root.partition(".")[0] in OF_FUNCTIONS


def hands_on(name: str) -> bool:
    """Return whether a function returns the layer that it is given."""
    return name.rpartition(".")[2] in WRAPPERS
