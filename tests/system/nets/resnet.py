"""ResNet50: the original is that of keras.applications, and the port has its form in PyTorch, with its weights.

Weights are random, and the same on both sides, in the order in which the layers are called.
"""

import numpy as np

SEED = 3
STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))


def _kernel(random, shape):
    return (random.standard_normal(shape) * np.sqrt(1 / np.prod(shape[1:]))).astype("f4")


def _arrays():
    """Yield the arrays of each layer: kernel and bias, then scale, shift, mean and variance."""
    random = np.random.RandomState(SEED)

    def conv(into, out, size):
        yield [_kernel(random, (out, into, size, size)), random.normal(0, 0.1, out).astype("f4")]
        parts = random.uniform(0.5, 1.5, out), random.normal(0, 0.3, out), random.normal(0, 0.3, out)
        yield [part.astype("f4") for part in (*parts, random.uniform(0.5, 2, out))]

    yield from conv(3, 64, 7)
    into = 64
    for width, repeats, _ in STAGES:
        for number in range(repeats):
            if number == 0:
                yield from conv(into, 4 * width, 1)
            yield from conv(into, width, 1)
            yield from conv(width, width, 3)
            yield from conv(width, 4 * width, 1)
            into = 4 * width
    yield [_kernel(random, (1000, into)), np.zeros(1000, "f4")]


def keras_original():
    import keras

    net = keras.applications.ResNet50(weights=None)
    order = ["_0", "_1", "_2", "_3"]
    blocks = [f"conv{stage + 2}_block{n + 1}" for stage, (_, r, _) in enumerate(STAGES) for n in range(r)]
    names = ["conv1_conv", "conv1_bn"]
    for block in blocks:
        for part in order if block.endswith("block1") else order[1:]:
            names += [f"{block}{part}_conv", f"{block}{part}_bn"]
    for name, arrays in zip([*names, "predictions"], _arrays(), strict=True):
        kernel = arrays[0]
        turned = kernel.transpose(2, 3, 1, 0) if kernel.ndim == 4 else kernel.T if kernel.ndim == 2 else kernel
        net.get_layer(name).set_weights([turned, *arrays[1:]])
    return net


def torch_port(epsilon=1.001e-5):
    import torch
    from torch import nn

    def conv(into, out, size, stride=1):
        pads = size // 2
        return [nn.Conv2d(into, out, size, stride, pads), nn.BatchNorm2d(out, eps=epsilon)]

    class Block(nn.Module):
        def __init__(self, into, width, stride, first):
            super().__init__()
            self.short = nn.Sequential(*conv(into, 4 * width, 1, stride)) if first else nn.Identity()
            inner = [*conv(into, width, 1, stride), nn.ReLU(), *conv(width, width, 3), nn.ReLU()]
            self.inner = nn.Sequential(*inner, *conv(width, 4 * width, 1))

        def forward(self, x):
            short = self.short(x)
            return torch.relu(short + self.inner(x))

    layers, into = [*conv(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for width, repeats, stride in STAGES:
        for number in range(repeats):
            layers.append(Block(into, width, stride if number == 0 else 1, number == 0))
            into = 4 * width
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(into, 1000), nn.Softmax(1)]
    net = nn.Sequential(*layers, *head)
    holders = [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d, nn.Linear))]
    with torch.no_grad():
        for module, arrays in zip(holders, _arrays(), strict=True):
            names = ("weight", "bias", "running_mean", "running_var")
            for name, array in zip(names, arrays, strict=False):
                getattr(module, name).copy_(torch.from_numpy(array))
    return net
