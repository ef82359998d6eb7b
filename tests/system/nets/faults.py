"""A network with every kind of layer that ports get wrong, in Keras and in PyTorch, and its faults, by name.

Both sides make the same random weights, unless the port has another seed. ``port("pads", "epsilon")`` is the port with
these two faults.
"""

import numpy as np

SEED = 11
FAULTS = {  # the kind that is named, and the layer that it is found at
    "pads": ("pads", "stem"),
    "same": ("pads", "mid"),
    "transposed": ("weights", "mid"),
    "mirrored": ("mirrored", "mid"),
    "swapped": ("weights", "p1"),
    "epsilon": ("epsilon", "norm"),
    "divisor": ("pool-divisor", "average"),
    "value": ("pool-value", "largest"),
    "ceil": ("ceil", "average"),
    "corners": ("resize", "up"),
    "gelu": ("activation", "act"),
    "flatten": ("order", "head"),
    "scaled": ("scale", "stem"),
    "channels": ("order", "stem"),
}
SIZES = {"stem": (8, 3, 3, 3), "mid": (8, 8, 3, 3), "p1": (8, 8, 1, 1), "p2": (8, 8, 1, 1), "down": (8, 1, 3, 3)}
PIXELS = 4 * 4


def _weights(seed=SEED):
    random = np.random.RandomState(seed)
    made = {name: (random.standard_normal(s) * np.sqrt(1 / np.prod(s[1:]))).astype("f4") for name, s in SIZES.items()}
    made["head"] = (random.standard_normal((10, 8 * PIXELS)) * 0.1).astype("f4")
    made["norm"] = [
        random.uniform(0.5, 1.5, 8),
        random.normal(0, 1, 8),
        random.normal(0, 1, 8),
        random.uniform(0.1, 2, 8),
    ]
    return made


def original():
    import keras
    from keras import layers

    w = _weights()
    x = keras.Input((32, 32, 3))
    y = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="stem")(x)
    y = layers.BatchNormalization(epsilon=1e-3, momentum=0.9, name="norm")(y)
    y = layers.Activation(keras.activations.gelu, name="act")(y)
    z = layers.Conv2D(8, 3, padding="same", use_bias=False, name="mid")(y)
    z = layers.Conv2D(8, 1, use_bias=False, name="p1")(z)
    z = layers.ReLU(6.0)(z)
    z = layers.Conv2D(8, 1, use_bias=False, name="p2")(z)
    y = layers.Add()([y, z])
    y = layers.MaxPooling2D(3, strides=2, padding="same", name="largest")(y)
    y = layers.AveragePooling2D(3, strides=2, padding="same", name="average")(y)
    y = layers.UpSampling2D(2, interpolation="bilinear", name="up")(y)
    y = layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False, name="down")(y)
    y = layers.Flatten()(y)
    net = keras.Model(x, layers.Dense(10, use_bias=False, name="head")(layers.Dropout(0.3)(y)))
    for name in ("stem", "mid", "p1", "p2"):
        net.get_layer(name).set_weights([w[name].transpose(2, 3, 1, 0)])
    net.get_layer("down").set_weights([w["down"].transpose(2, 3, 0, 1)])
    net.get_layer("norm").set_weights(w["norm"])
    net.get_layer("head").set_weights([w["head"].T])
    return net


def port(*faults, momentum=0.1, dtype="float32", seed=SEED, rate=0.3):
    import torch
    from torch import nn
    from torch.nn import functional as F

    w = _weights(seed)

    class Port(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1 if "pads" in faults else 0, bias=False)
            self.norm = nn.BatchNorm2d(8, eps=1e-5 if "epsilon" in faults else 1e-3, momentum=momentum)
            self.act = nn.GELU("tanh" if "gelu" in faults else "none")
            self.mid = nn.Conv2d(8, 8, 3, padding=0 if "same" in faults else 1, bias=False)
            self.p1, self.p2 = nn.Conv2d(8, 8, 1, bias=False), nn.Conv2d(8, 8, 1, bias=False)
            self.relu = nn.ReLU6()
            self.largest = nn.MaxPool2d(3, 2)
            self.average = nn.AvgPool2d(3, 2, ceil_mode="ceil" not in faults)
            self.up = nn.Upsample(size=(8, 8), mode="bilinear", align_corners="corners" in faults)
            self.down = nn.Conv2d(8, 8, 3, stride=2, groups=8, bias=False)
            self.drop = nn.Dropout(rate)
            self.head = nn.Linear(8 * PIXELS, 10, bias=False)

        def forward(self, x):
            x = x / 255 if "scaled" in faults else x
            x = x[:, [2, 1, 0]] if "channels" in faults else x
            x = x if "pads" in faults else F.pad(x, (0, 1, 0, 1))
            y = self.act(self.norm(self.stem(x)))
            z = self.mid(F.pad(y, (2, 0, 2, 0)) if "same" in faults else y)
            y = y + self.p2(self.relu(self.p1(z)))
            y = self.largest(F.pad(y, (0, 1, 0, 1), value=0.0 if "value" in faults else float("-inf")))
            y = F.avg_pool2d(F.pad(y, (0, 1, 0, 1)), 3, 2) if "divisor" in faults else self.average(y)
            y = self.down(F.pad(self.up(y), (0, 1, 0, 1)))
            y = y.flatten(1) if "flatten" in faults else y.permute(0, 2, 3, 1).flatten(1)
            return self.head(self.drop(y))

    net = Port()
    if "swapped" in faults:
        w["p1"], w["p2"] = w["p2"], w["p1"]
    if "transposed" in faults:
        w["mid"] = w["mid"].transpose(0, 1, 3, 2)
    if "mirrored" in faults:
        w["mid"] = w["mid"][:, :, ::-1, ::-1]
    with torch.no_grad():
        for name in (*SIZES, "head"):
            getattr(net, name).weight.copy_(torch.from_numpy(np.ascontiguousarray(w[name])))
        parts = (net.norm.weight, net.norm.bias, net.norm.running_mean, net.norm.running_var)
        for part, numbers in zip(parts, w["norm"], strict=True):
            part.copy_(torch.from_numpy(numbers))
    return net.to(getattr(torch, dtype))
