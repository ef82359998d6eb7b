"""One small network in PyTorch, Keras, Flax (linen and nnx), Gluon and ONNX, where its batch norm is folded.

The arguments are faults that a port can have.
"""

import numpy as np

RANDOM = np.random.RandomState(2)
KERNEL = (RANDOM.standard_normal((8, 3, 3, 3)) * 0.3).astype("f4")
NORM = [RANDOM.uniform(0.5, 1.5, 8), RANDOM.normal(0, 1, 8), RANDOM.normal(0, 1, 8), RANDOM.uniform(0.1, 2, 8)]
NORM = [part.astype("f4") for part in NORM]
HEAD = (RANDOM.standard_normal((5, 8 * 4 * 4)) * 0.2).astype("f4")


def of_torch(epsilon=1e-3, padding=1):
    import torch
    from torch import nn

    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, padding, bias=False), nn.BatchNorm2d(8, eps=epsilon), nn.ReLU(), nn.MaxPool2d(2)
    )
    net = nn.Sequential(*net, nn.Flatten(), nn.Linear(128, 5, bias=False))
    arrays = [KERNEL, *NORM, HEAD]
    places = [net[0].weight, net[1].weight, net[1].bias, net[1].running_mean, net[1].running_var, net[5].weight]
    with torch.no_grad():
        for place, array in zip(places, arrays, strict=True):
            place.copy_(torch.from_numpy(array))
    return net


def of_gluon(epsilon=1e-3):
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
    for place, array in zip(places, [KERNEL, *NORM, HEAD], strict=True):
        place.set_data(mnp.array(array))
    return net


def of_flax(flat=False, epsilon=1e-3, padding=((1, 1), (1, 1))):
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

    params = {"conv": {"kernel": KERNEL.transpose(2, 3, 1, 0)}, "head": {"kernel": HEAD.T}}
    params["norm"] = {"scale": NORM[0], "bias": NORM[1]}
    return Net(), {"params": params, "batch_stats": {"norm": {"mean": NORM[2], "var": NORM[3]}}}


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
    places = [net.block.conv.kernel, norm.scale, norm.bias, norm.mean, norm.var, net.head.kernel]
    for place, array in zip(places, [KERNEL.transpose(2, 3, 1, 0), *NORM, HEAD.T], strict=True):
        place[...] = jnp.asarray(array)
    return net


def of_keras(epsilon=1e-3, padding=((1, 1), (1, 1))):
    import keras
    from keras import layers

    x = keras.Input((16, 16, 3))
    y = layers.ZeroPadding2D(padding)(x)
    y = layers.Conv2D(8, 3, strides=2, use_bias=False, name="conv")(y)
    y = layers.MaxPooling2D(2)(layers.ReLU()(layers.BatchNormalization(epsilon=epsilon, name="norm")(y)))
    y = layers.Flatten()(layers.Permute((3, 1, 2))(y))
    net = keras.Model(x, layers.Dense(5, use_bias=False, name="head")(y))
    weights = {"conv": [KERNEL.transpose(2, 3, 1, 0)], "norm": NORM, "head": [HEAD.T]}
    for name, arrays in weights.items():
        net.get_layer(name).set_weights(arrays)
    return net


def of_onnx(epsilon=1e-3, padding=((1, 1), (1, 1))):
    from onnx import helper, numpy_helper

    scale, shift, mean, variance = NORM
    slope = scale / np.sqrt(variance + np.float32(epsilon))
    arrays = {"w": KERNEL * slope[:, None, None, None], "b": shift - mean * slope, "k": HEAD}
    (top, bottom), (left, right) = padding
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], "conv", strides=[2, 2], pads=[top, left, bottom, right]),
        helper.make_node("Relu", ["c"], ["r"], "relu"),
        helper.make_node("MaxPool", ["r"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"], "flat"),
        helper.make_node("Gemm", ["f", "k"], ["y"], "head", transB=1),
    ]
    ends = [helper.make_tensor_value_info(n, 1, s) for n, s in (("x", [1, 3, 16, 16]), ("y", [1, 5]))]
    constants = [numpy_helper.from_array(np.ascontiguousarray(a, "f4"), name) for name, a in arrays.items()]
    graph = helper.make_graph(nodes, "small", ends[:1], ends[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
