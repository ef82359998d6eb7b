"""MobileNetV2: the original is that of keras.applications, and the port has torchvision's form, written anew.

Weights and statistics are random. Each side makes the same ones from the shapes, in the order of the original's layers.
"""

import numpy as np

SEED = 5
# Expansion, channels, repeats, stride of each stage: Sandler et al., arXiv:1801.04381, table 2.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def _numbers(random, shape):
    return (random.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))).astype("f4")


def _statistics(random, channels):
    """Scale, shift, mean and variance."""
    scale = random.uniform(0.5, 1.5, channels)
    return [
        a.astype("f4")
        for a in (
            scale,
            random.normal(0, 0.3, channels),
            random.normal(0, 0.3, channels),
            random.uniform(0.5, 2, channels),
        )
    ]


def keras_original(size=224, dtype="float32"):
    import keras

    keras.config.set_dtype_policy(dtype)
    net = keras.applications.MobileNetV2(weights=None, input_shape=(size, size, 3))
    random = np.random.RandomState(SEED)
    for layer in net.layers:
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            k = _numbers(random, (layer.kernel.shape[2], 1, *layer.kernel.shape[:2]))
            layer.kernel.assign(k.transpose(2, 3, 0, 1))
        elif isinstance(layer, keras.layers.Conv2D):
            k = _numbers(random, (layer.kernel.shape[3], layer.kernel.shape[2], *layer.kernel.shape[:2]))
            layer.kernel.assign(k.transpose(2, 3, 1, 0))
        elif isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights(_statistics(random, layer.gamma.shape[0]))
        elif isinstance(layer, keras.layers.Dense):
            layer.set_weights([_numbers(random, layer.kernel.shape[::-1]).T, _numbers(random, (1, 1000))[0]])
    return net


def torch_port(pads=False, epsilon=1e-5, dtype="float32"):
    """Return the port; with ``pads`` and ``epsilon=1e-3``, it is mended."""
    import torch
    from torch import nn

    class Block(nn.Sequential):
        def __init__(self, into, out, kernel=3, stride=1, groups=1, activation=True):
            around = kernel // 2
            before = [nn.ZeroPad2d((0, 1, 0, 1))] if pads and stride == 2 else []
            conv = nn.Conv2d(into, out, kernel, stride, 0 if before else around, groups=groups, bias=False)
            after = [nn.ReLU6(inplace=True)] if activation else []
            super().__init__(*before, conv, nn.BatchNorm2d(out, eps=epsilon), *after)

    class Inverted(nn.Module):
        def __init__(self, into, out, stride, expansion):
            super().__init__()
            hidden = into * expansion
            first = [Block(into, hidden, 1)] if expansion > 1 else []
            self.conv = nn.Sequential(
                *first, Block(hidden, hidden, 3, stride, hidden), Block(hidden, out, 1, activation=False)
            )
            self.residual = stride == 1 and into == out

        def forward(self, x):
            return x + self.conv(x) if self.residual else self.conv(x)

    class MobileNetV2(nn.Module):
        def __init__(self):
            super().__init__()
            features, into = [Block(3, 32, 3, 2)], 32
            for expansion, out, repeats, stride in STAGES:
                for number in range(repeats):
                    features.append(Inverted(into, out, stride if number == 0 else 1, expansion))
                    into = out
            features.append(Block(into, 1280, 1))
            self.features = nn.Sequential(*features)
            self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

        def forward(self, x):
            x = nn.functional.adaptive_avg_pool2d(self.features(x), 1).flatten(1)
            return torch.softmax(self.classifier(x), 1)

    net = MobileNetV2()
    random = np.random.RandomState(SEED)
    with torch.no_grad():
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight.copy_(torch.from_numpy(_numbers(random, tuple(layer.weight.shape))))
            elif isinstance(layer, nn.BatchNorm2d):
                parts = (layer.weight, layer.bias, layer.running_mean, layer.running_var)
                for part, numbers in zip(parts, _statistics(random, len(layer.weight)), strict=True):
                    part.copy_(torch.from_numpy(numbers))
            elif isinstance(layer, nn.Linear):
                layer.weight.copy_(torch.from_numpy(_numbers(random, tuple(layer.weight.shape))))
                layer.bias.copy_(torch.from_numpy(_numbers(random, (1, 1000))[0]))
    return net.to(getattr(torch, dtype))


def onnx_fused():
    """Return the original as ONNX, with each batch norm folded into its convolution, as exporters do."""
    import onnx
    from onnx import helper, numpy_helper

    random = np.random.RandomState(SEED)
    nodes, constants = [], []

    def add(op, x, *arrays, **attributes):
        number = len(nodes)
        names = [f"c{number}_{place}" for place in range(len(arrays))]
        constants.extend(numpy_helper.from_array(np.asarray(a), name) for a, name in zip(arrays, names, strict=True))
        inputs = list(x) if isinstance(x, tuple) else [x]
        nodes.append(helper.make_node(op, inputs + names, [f"v{number}"], f"{op}_{number}", **attributes))
        return f"v{number}"

    def block(x, into, out, kernel=1, stride=1, groups=1, activation=True):
        w = _numbers(random, (out, into // groups, kernel, kernel))
        scale, shift, mean, variance = (part.astype("f8") for part in _statistics(random, out))
        slope = scale / np.sqrt(variance + 1e-3)
        around = [0] * 4 if kernel == 1 else [0, 0, 1, 1] if stride == 2 else [1] * 4
        folded = (w * slope[:, None, None, None]).astype("f4"), (shift - mean * slope).astype("f4")
        y = add("Conv", x, *folded, pads=around, strides=[stride] * 2, group=groups, kernel_shape=[kernel] * 2)
        return add("Clip", y, np.float32(0), np.float32(6)) if activation else y

    x, into = block("x", 3, 32, 3, 2), 32
    for expansion, out, repeats, stride in STAGES:
        for number in range(repeats):
            step, hidden = stride if number == 0 else 1, into * expansion
            y = block(x, into, hidden) if expansion > 1 else x
            y = block(block(y, hidden, hidden, 3, step, hidden), hidden, out, activation=False)
            x = add("Add", (x, y)) if step == 1 and into == out else y
            into = out
    x = add("Flatten", add("GlobalAveragePool", block(x, into, 1280)))
    x = add("Gemm", x, _numbers(random, (1000, 1280)), _numbers(random, (1, 1000))[0], transB=1)
    x = add("Softmax", x, axis=-1)
    kind = onnx.TensorProto.FLOAT
    ends = [helper.make_tensor_value_info(n, kind, s) for n, s in (("x", [1, 3, 224, 224]), (x, [1, 1000]))]
    graph = helper.make_graph(nodes, "mobilenet", ends[:1], ends[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
