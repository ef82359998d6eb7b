"""One small network in PyTorch, Keras, Flax, nnx, Gluon and ONNX; ``epsilon``, ``flat`` and others are faults.

With ``other``, it has weights of its own.
"""

import numpy as np


def _weights(other=False):
    """The kernel of a convolution, the scale, shift, mean and variance of a batch norm, and the kernel of a head."""
    random = np.random.RandomState(99 if other else 2)
    kernel = random.standard_normal((8, 3, 3, 3)) * 0.3
    norm = [random.uniform(0.5, 1.5, 8), random.normal(0, 1, 8), random.normal(0, 1, 8), random.uniform(0.1, 2, 8)]
    return [part.astype("f4") for part in (kernel, *norm, random.standard_normal((5, 8 * 4 * 4)) * 0.2)]


def of_torch(other=False, epsilon=1e-3):
    import torch
    from torch import nn

    stem = nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8, eps=epsilon), nn.ReLU()
    net = nn.Sequential(*stem, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 5, bias=False))
    places = [net[0].weight, net[1].weight, net[1].bias, net[1].running_mean, net[1].running_var, net[5].weight]
    with torch.no_grad():
        for place, array in zip(places, _weights(other), strict=True):
            place.copy_(torch.from_numpy(array))
    return net


def of_gluon(epsilon=1e-3, other=False):
    from mxnet import np as mnp
    from mxnet import npx
    from mxnet.gluon import nn

    npx.set_np()
    net = nn.Sequential()
    net.add(nn.Conv2D(8, 3, 2, 1, use_bias=False, in_channels=3), nn.BatchNorm(epsilon=epsilon, in_channels=8))
    net.add(nn.Activation("relu"), nn.MaxPool2D(2), nn.Flatten(), nn.Dense(5, use_bias=False, in_units=128))
    net.initialize()
    norm = net[1]
    places = [net[0].weight, norm.gamma, norm.beta, norm.running_mean, norm.running_var, net[5].weight]
    for place, array in zip(places, _weights(other), strict=True):
        place.set_data(mnp.array(array))
    return net


def of_flax(flat=False, epsilon=1e-3, padding=((1, 1), (1, 1)), other=False):
    import jax.numpy as jnp
    from flax import linen as nn

    class Net(nn.Module):
        @nn.compact
        def __call__(self, x):
            y = nn.Conv(8, (3, 3), 2, padding=padding, use_bias=False, name="conv")(x)
            y = nn.relu(nn.BatchNorm(use_running_average=True, epsilon=epsilon, name="norm")(y))
            y = nn.max_pool(y, (2, 2), (2, 2))
            y = y if flat else jnp.transpose(y, (0, 3, 1, 2))
            return nn.Dense(5, use_bias=False, name="head")(y.reshape((1, -1)))

    kernel, scale, shift, mean, variance, head = _weights(other)
    params = {"conv": {"kernel": kernel.transpose(2, 3, 1, 0)}, "head": {"kernel": head.T}}
    params["norm"] = {"scale": scale, "bias": shift}
    return Net(), {"params": params, "batch_stats": {"norm": {"mean": mean, "var": variance}}}


def of_nnx(flat=False, epsilon=1e-3, padding=((1, 1), (1, 1))):
    import jax.numpy as jnp
    from flax import nnx

    class Block(nnx.Module):
        def __init__(self):
            rngs = nnx.Rngs(0)
            self.conv = nnx.Conv(3, 8, (3, 3), strides=2, padding=padding, use_bias=False, rngs=rngs)
            self.norm = nnx.BatchNorm(8, epsilon=epsilon, rngs=rngs)

        def __call__(self, x):
            return nnx.relu(self.norm(self.conv(x)))

    class Net(nnx.Module):
        def __init__(self):
            self.block = Block()
            self.drop = nnx.Dropout(0.3, rngs=nnx.Rngs(1))
            self.head = nnx.Linear(128, 5, use_bias=False, rngs=nnx.Rngs(0))

        def __call__(self, x):
            y = nnx.max_pool(self.block(x), (2, 2), (2, 2))
            y = y if flat else jnp.transpose(y, (0, 3, 1, 2))
            return self.head(self.drop(y.reshape((1, -1))))

    net = Net()
    norm = net.block.norm
    kernel, *parts, head = _weights()
    places = [net.block.conv.kernel, norm.scale, norm.bias, norm.mean, norm.var, net.head.kernel]
    for place, array in zip(places, [kernel.transpose(2, 3, 1, 0), *parts, head.T], strict=True):
        place[...] = jnp.asarray(array)
    return net


def of_keras(epsilon=1e-3, other=False):
    import keras
    from keras import layers

    x = keras.Input((16, 16, 3))
    y = layers.Conv2D(8, 3, 2, use_bias=False, name="conv")(layers.ZeroPadding2D(1)(x))
    y = layers.ReLU()(layers.BatchNormalization(epsilon=epsilon, name="norm")(y))
    y = layers.Permute((3, 1, 2))(layers.MaxPooling2D(2)(y))
    net = keras.Model(x, layers.Dense(5, use_bias=False, name="head")(layers.Flatten()(y)))
    kernel, *norm, head = _weights(other)
    net.get_layer("conv").set_weights([kernel.transpose(2, 3, 1, 0)])
    net.get_layer("norm").set_weights(norm)
    net.get_layer("head").set_weights([head.T])
    return net


def of_onnx(epsilon=1e-3, other=False, pads=(1, 1, 1, 1)):
    import onnx
    from onnx import helper, numpy_helper

    names = ("kernel", "scale", "shift", "mean", "variance", "head")
    constants = [numpy_helper.from_array(a, name) for a, name in zip(_weights(other), names, strict=True)]
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["c"], "conv", kernel_shape=[3, 3], strides=[2, 2], pads=pads),
        helper.make_node("BatchNormalization", ["c", *names[1:5]], ["n"], "norm", epsilon=epsilon),
        helper.make_node("Relu", ["n"], ["r"], "relu"),
        helper.make_node("MaxPool", ["r"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"], "flatten"),
        helper.make_node("Gemm", ["f", "head"], ["y"], "head", transB=1),
    ]
    kind = onnx.TensorProto.FLOAT
    ends = [helper.make_tensor_value_info(n, kind, s) for n, s in (("x", [1, 3, 16, 16]), ("y", [1, 5]))]
    graph = helper.make_graph(nodes, "small", ends[:1], ends[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def of_folded(epsilon=1e-3, pads=(1, 1, 1, 1)):
    """The network in ONNX as exporters write it: with the batch norm folded into the convolution."""
    import onnx
    from onnx import helper, numpy_helper

    kernel, scale, shift, mean, variance, head = _weights()
    slope = scale / np.sqrt(variance + np.float32(epsilon))
    arrays = {"w": kernel * slope[:, None, None, None], "b": shift - mean * slope, "k": head}
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], "conv", strides=[2, 2], pads=pads),
        helper.make_node("Relu", ["c"], ["r"], "relu"),
        helper.make_node("MaxPool", ["r"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"], "flat"),
        helper.make_node("Gemm", ["f", "k"], ["y"], "head", transB=1),
    ]
    ends = [helper.make_tensor_value_info(n, 1, s) for n, s in (("x", [1, 3, 16, 16]), ("y", [1, 5]))]
    constants = [numpy_helper.from_array(np.ascontiguousarray(a, "f4"), name) for name, a in arrays.items()]
    graph = helper.make_graph(nodes, "small", ends[:1], ends[1:], constants)
    return onnx.helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
