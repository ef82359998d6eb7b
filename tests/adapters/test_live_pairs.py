"""assert_consistent on many pairs of live layers that are the same, and of layers that are not.

Whether a pair is the same is not taken from convparity: each writing makes its layer twice, and the second is run by
the raw framework in float64 on random numbers. Kernels have a spectral norm of 1, so that spectral_norm keeps them.
"""

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from convparity.testing import assert_consistent

if os.environ["CONVPARITY_TEST_ADAPTER"] != "keras-torch":
    pytest.skip("needs PyTorch and Keras in one process", allow_module_level=True)

import keras
import torch
from keras import layers
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

torch.set_num_threads(1)  # the layers are small

SAME_WITHIN = 1e-7  # of the largest output: Keras computes its batch norm in float32 for float64 too
OTHER_BY = 1e-6


@dataclass(frozen=True)
class Shape:
    """A convolution that torch and Keras can both write: symmetric padding in numbers."""

    size: tuple
    ends: tuple
    kernel: tuple
    stride: int = 1
    pad: int = 0
    dilation: int = 1
    groups: int = 1

    @property
    def rank(self):
        return len(self.size)

    @property
    def input(self):
        return (2, self.ends[0], *self.size)


SHAPES = [
    Shape((8, 8), (3, 4), (3, 3), pad=1),
    Shape((9, 7), (4, 6), (3, 3), stride=2, pad=1),
    Shape((8, 8), (3, 8), (5, 3), stride=2, pad=1),
    Shape((10, 11), (2, 3), (3, 3), pad=2, dilation=2),
    Shape((6, 6), (4, 8), (3, 3), pad=1, groups=2),
    Shape((7, 8), (4, 4), (3, 3), pad=1, groups=4),
    Shape((6, 5), (8, 16), (1, 1)),
    Shape((12,), (3, 5), (5,), stride=2, pad=2),
    Shape((9,), (4, 8), (3,), pad=1, groups=4),
    Shape((5, 6, 5), (2, 3), (3, 3, 3), pad=1),
    Shape((16, 16), (16, 4), (3, 3), pad=1),
]


def random_kernel(shape):
    random = np.random.RandomState(sum(shape.size) + 31 * shape.ends[1])
    kernel = random.standard_normal((shape.ends[1], shape.ends[0] // shape.groups, *shape.kernel))
    return kernel / np.linalg.norm(kernel.reshape(len(kernel), -1), 2)


@dataclass(frozen=True)
class Writing:
    """A way to write a layer. ``make(kernel, dtype)`` returns the layer with that kernel and a bias of zero."""

    name: str
    make: Callable[[np.ndarray, str], Any]
    after: list = field(default_factory=list)

    def run(self, kernel, x):
        """Return the output of the raw framework, float64, channels first."""
        layer = self.make(kernel, "float64")
        if isinstance(layer, keras.Layer):
            y = keras.ops.convert_to_numpy(layer(np.moveaxis(x, 1, -1), training=False))
            return np.moveaxis(y, -1, 1) if y.ndim == x.ndim else y
        with torch.no_grad():
            return layer.eval()(torch.from_numpy(x)).numpy()


# --- PyTorch


def torch_conv(s, pad=None, **others):
    conv = getattr(nn, f"Conv{s.rank}d")
    arguments = {"stride": s.stride, "padding": s.pad if pad is None else pad, "dilation": s.dilation}
    return conv(*s.ends, s.kernel, groups=s.groups, **{**arguments, **others})


def filled(conv, kernel, dtype):
    conv.to(getattr(torch, dtype))
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(kernel))
        if conv.bias is not None:
            conv.bias.zero_()
    return conv


class OwnConvolution(nn.Module):
    """A kernel of its own and the function, as many models have it."""

    def __init__(self, s, kernel, dtype):
        super().__init__()
        self.s = s
        self.filters = nn.Parameter(torch.from_numpy(kernel).to(getattr(torch, dtype)))

    def forward(self, x):
        s = self.s
        return getattr(F, f"conv{s.rank}d")(x, self.filters, None, s.stride, s.pad, s.dilation, s.groups)


class Padded(nn.Module):
    def __init__(self, conv, pads):
        super().__init__()
        self.inner, self.pads = conv, pads

    def forward(self, x):
        return self.inner(F.pad(x, self.pads))


class Masked(nn.Module):
    """Two kernels' worth of modules: the convolution, and a norm whose statistics a training mode would change."""

    def __init__(self, conv):
        super().__init__()
        self.features = nn.ModuleDict({"conv": conv, "drop": nn.Dropout(0.5)})

    def forward(self, x):
        return self.features["drop"](self.features["conv"](x))


def converged(conv):
    """Let the power iteration of a spectral norm find the largest singular value, as training does."""
    conv.train()
    smallest = [conv.dilation[i] * (size - 1) + 1 for i, size in enumerate(conv.kernel_size)]
    x = torch.zeros((1, conv.in_channels, *smallest), dtype=conv.weight.dtype)
    with torch.no_grad():
        for _ in range(300):
            conv(x)
    return conv


def torch_writings(s):
    def plain(kernel, dtype, **others):
        return filled(torch_conv(s, **others), kernel, dtype)

    def lazily(kernel, dtype):
        conv = getattr(nn, f"LazyConv{s.rank}d")(
            s.ends[1], s.kernel, s.stride, s.pad, s.dilation, s.groups, dtype=getattr(torch, dtype)
        )
        if dtype == "float64":  # the raw truth needs the kernel; convparity gives it one
            conv(torch.zeros(s.input, dtype=torch.float64))
            filled(conv, kernel, dtype)
        return conv

    pads = (s.pad, s.pad) * s.rank
    zero_pad = getattr(nn, f"ZeroPad{s.rank}d")
    return [
        Writing("Conv", plain),
        Writing("no bias", lambda k, d: plain(k, d, bias=False)),
        Writing("ZeroPad, Conv", lambda k, d: nn.Sequential(zero_pad(pads), plain(k, d, padding=0))),
        Writing("F.pad in a module", lambda k, d: Padded(plain(k, d, padding=0), pads)),
        Writing("own Parameter and F.conv", lambda k, d: OwnConvolution(s, k, d)),
        Writing("lazy", lazily),
        Writing("training, dropout", lambda k, d: Masked(plain(k, d)).train()),
        Writing("weight_norm", lambda k, d: parametrizations.weight_norm(plain(k, d))),
        Writing("older weight_norm", lambda k, d: nn.utils.weight_norm(plain(k, d))),
        Writing("spectral_norm", lambda k, d: converged(parametrizations.spectral_norm(plain(k, d)))),
        Writing("older spectral_norm", lambda k, d: converged(nn.utils.spectral_norm(plain(k, d)))),
    ]


# --- Keras


def keras_kernel(s, kernel):
    if s.groups == s.ends[0] and s.groups > 1:
        return np.moveaxis(kernel, (0, 1), (-1, -2)).reshape(*s.kernel, s.groups, -1)
    return np.moveaxis(kernel, (0, 1), (-1, -2))


def keras_conv(s, **others):
    steps = {"dilation_rate": s.dilation, **others}
    return getattr(layers, f"Conv{s.rank}D")(s.ends[1], s.kernel, s.stride, groups=s.groups, **steps)


def given(layer, s, kernel, dtype, depthwise=False):
    """Build a layer of Keras on the input and set its kernel."""
    layer(np.zeros((1, *s.size, s.ends[0]), dtype))
    (variable,) = [v for v in layer.trainable_variables if v.path.endswith("kernel")]
    variable.assign(keras_kernel(s, kernel) if depthwise else np.moveaxis(kernel, (0, 1), (-1, -2)))
    return layer


class OwnLayer(layers.Layer):
    """A class of one's own, without a configuration that Keras could copy."""

    def __init__(self, inner, function, **others):
        super().__init__(**others)
        self.inner, self.function = inner, function

    def call(self, x):
        return self.inner(self.function(x))


def keras_writings(s):
    around = ((0, 0), *((s.pad, s.pad),) * s.rank, (0, 0))
    pads = ((s.pad, s.pad),) * s.rank if s.rank > 1 else (s.pad, s.pad)
    zero_padding = getattr(layers, f"ZeroPadding{s.rank}D")

    def functional(k, d):
        inside = keras.Input((*s.size, s.ends[0]), dtype=d)
        made = keras.Model(inside, keras_conv(s, dtype=d)(zero_padding(pads, dtype=d)(inside)))
        return given(made, s, k, d)

    def made(parts):
        return lambda k, d: given(keras.Sequential(parts(d)), s, k, d)

    found = [
        Writing("ZeroPadding, Conv", made(lambda d: [zero_padding(pads, dtype=d), keras_conv(s, dtype=d)])),
        Writing(
            "Lambda, Conv",
            made(lambda d: [layers.Lambda(lambda x: keras.ops.pad(x, around), dtype=d), keras_conv(s, dtype=d)]),
        ),
        Writing(
            "own class",
            lambda k, d: given(OwnLayer(keras_conv(s, dtype=d), lambda x: keras.ops.pad(x, around), dtype=d), s, k, d),
        ),
        Writing("model", functional),
        Writing(
            "dropout, batch norm with no effect",
            made(
                lambda d: [
                    zero_padding(pads, dtype=d),
                    keras_conv(s, use_bias=False, dtype=d),
                    layers.BatchNormalization(epsilon=0.0, dtype=d),
                    layers.Dropout(0.5, dtype=d),
                ]
            ),
        ),
    ]
    if s.groups == s.ends[0] > 1 and s.rank < 3:
        depthwise = getattr(layers, f"DepthwiseConv{s.rank}D")
        each = s.ends[1] // s.ends[0]
        found.append(
            Writing(
                "depthwise",
                lambda k, d: given(
                    keras.Sequential(
                        [zero_padding(pads, dtype=d), depthwise(s.kernel, s.stride, depth_multiplier=each, dtype=d)]
                    ),
                    s,
                    k,
                    d,
                    True,
                ),
            )
        )
    return found


# --- What follows a convolution: the same function in several writings of both frameworks


class Following(nn.Module):
    def __init__(self, conv, function):
        super().__init__()
        self.conv, self.function = conv, function

    def forward(self, x):
        return self.function(self.conv(x))


TORCH_AFTER = {
    "relu": [nn.ReLU(), lambda y: y.clamp(min=0), F.relu, lambda y: (y + y.abs()) / 2],
    "relu6": [nn.ReLU6(), lambda y: y.clamp(0, 6), lambda y: F.relu(y) - F.relu(y - 6)],
    "silu": [nn.SiLU(), lambda y: y * torch.sigmoid(y), lambda y: y / (1 + torch.exp(-y))],
    "hard swish": [nn.Hardswish(), lambda y: y * F.relu6(y + 3) / 6],
    "sigmoid": [nn.Sigmoid(), lambda y: 1 / (1 + torch.exp(-y)), lambda y: (1 + torch.tanh(y / 2)) / 2],
    "hard sigmoid": [nn.Hardsigmoid(), lambda y: (y / 6 + 0.5).clamp(0, 1)],
    "tanh": [nn.Tanh(), lambda y: 2 * torch.sigmoid(2 * y) - 1],
    "hard tanh": [nn.Hardtanh(), lambda y: y.clamp(-1, 1)],
    "gelu": [nn.GELU(), lambda y: y * (1 + torch.erf(y / 2**0.5)) / 2],
    "gelu by tanh": [nn.GELU("tanh"), lambda y: F.gelu(y, approximate="tanh")],
    "softplus": [nn.Softplus(), lambda y: torch.logaddexp(y, torch.zeros_like(y))],
    "leaky relu": [nn.LeakyReLU(0.2), lambda y: torch.where(y > 0, y, 0.2 * y)],
    "elu": [nn.ELU(), lambda y: torch.where(y > 0, y, torch.expm1(y.clamp(max=0)))],
    "mish": [nn.Mish(), lambda y: y * torch.tanh(F.softplus(y))],
    "batch norm": [nn.BatchNorm2d(4), lambda y: y / (1 + 1e-5) ** 0.5],
    "batch norm, 1e-3": [nn.BatchNorm2d(4, eps=1e-3), lambda y: y * 1.001**-0.5],
}
KERAS_AFTER = {
    "relu": [layers.ReLU, lambda **d: layers.Activation("relu", **d)],
    "relu6": [lambda **d: layers.ReLU(max_value=6, **d), lambda **d: layers.Activation("relu6", **d)],
    "silu": [
        lambda **d: layers.Activation("silu", **d),
        lambda **d: layers.Lambda(lambda y: y * keras.ops.sigmoid(y), **d),
    ],
    "hard swish": [lambda **d: layers.Activation("hard_silu", **d)],
    "sigmoid": [lambda **d: layers.Activation("sigmoid", **d)],
    "hard sigmoid": [lambda **d: layers.Activation("hard_sigmoid", **d)],
    "tanh": [lambda **d: layers.Activation("tanh", **d)],
    "hard tanh": [lambda **d: layers.Activation("hard_tanh", **d)],
    "gelu": [lambda **d: layers.Activation("gelu", **d)],
    "gelu by tanh": [lambda **d: layers.Lambda(lambda y: keras.ops.gelu(y, approximate=True), **d)],
    "softplus": [lambda **d: layers.Activation("softplus", **d)],
    "leaky relu": [lambda **d: layers.LeakyReLU(negative_slope=0.2, **d)],
    "elu": [layers.ELU],
    "mish": [lambda **d: layers.Activation("mish", **d)],
    "batch norm": [lambda **d: layers.BatchNormalization(epsilon=1e-5, **d)],
    "batch norm, 1e-3": [layers.BatchNormalization],
}
FOLLOWED = Shape((8, 9), (3, 4), (3, 3), pad=1)
# Around zero, the outputs of these kernels lie within about 5: enough to tell each function from each other.
LARGE = 3.0


def followed_writings(name):
    def in_torch(function):
        if isinstance(function, nn.Module):
            return lambda k, d: (
                nn.Sequential(filled(torch_conv(FOLLOWED), k, d), function).to(getattr(torch, d)).train()
            )
        return lambda k, d: Following(filled(torch_conv(FOLLOWED), k, d), function)

    def in_keras(after):
        def make(k, d):
            parts = [layers.ZeroPadding2D(1, dtype=d), keras_conv(FOLLOWED, dtype=d), after(dtype=d)]
            return given(keras.Sequential(parts), FOLLOWED, k, d)

        return make

    made = [Writing(f"torch, {name} {i}", in_torch(function)) for i, function in enumerate(TORCH_AFTER[name])]
    return made + [Writing(f"Keras, {name} {i}", in_keras(after)) for i, after in enumerate(KERAS_AFTER[name])]


# --- Pairs


@dataclass(frozen=True)
class Pair:
    shape: Shape
    first: Writing
    second: Writing

    def __str__(self):
        return f"{self.first.name} | {self.second.name} | {self.shape.size} {self.shape.kernel}"

    def apart(self):
        """Return by how much the raw frameworks' outputs differ, relative to their largest; infinity for shapes."""
        x = LARGE * np.random.RandomState(7).standard_normal(self.shape.input)
        kernel = random_kernel(self.shape)
        asked, got = self.first.run(kernel, x), self.second.run(kernel, x)
        return np.abs(asked - got).max() / np.abs(asked).max() if asked.shape == got.shape else np.inf

    def compare(self):
        kernel = random_kernel(self.shape)
        layers = (writing.make(kernel, "float32") for writing in (self.first, self.second))
        assert_consistent(*layers, self.shape.input)


def same_pairs():
    for s in SHAPES:
        theirs, ours = torch_writings(s), keras_writings(s)
        yield from (Pair(s, theirs[0], other) for other in theirs)
        yield from (Pair(s, other, mine) for other, mine in zip(itertools.cycle(theirs), ours))
        yield Pair(s, theirs[-1], theirs[-2])  # two spectral norms, with vectors of their own
        yield from (Pair(s, ours[0], other) for other in ours[1:])
    for name in TORCH_AFTER:
        first, *others = followed_writings(name)
        yield from (Pair(FOLLOWED, first, other) for other in others)
        yield Pair(FOLLOWED, first, first)


def other_pairs():
    """Yield pairs of which one has another padding, step, order or function than the other."""
    for s in SHAPES:
        theirs, ours = torch_writings(s), keras_writings(s)
        changed = [replaced for replaced in others_of(s) if replaced != s]
        for other, first in zip(changed, itertools.cycle(theirs + ours)):
            yield Pair(s, first, (torch_writings(other) + keras_writings(other))[len(str(other)) % 11])
    for one, other in itertools.permutations(TORCH_AFTER, 2):
        writings = followed_writings(one), followed_writings(other)
        yield Pair(FOLLOWED, *(some[(len(one) + 3 * len(other)) % len(some)] for some in writings))


def others_of(s):
    yield Shape(s.size, s.ends, s.kernel, s.stride, s.pad + 1, s.dilation, s.groups)
    yield Shape(s.size, s.ends, s.kernel, s.stride + 1, s.pad, s.dilation, s.groups)
    if s.pad:
        yield Shape(s.size, s.ends, s.kernel, s.stride, s.pad - 1, s.dilation, s.groups)


SAME, OTHER = list(same_pairs()), list(other_pairs())


def test_there_are_enough_pairs():
    assert len(SAME) >= 200
    assert len(OTHER) >= 200


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("pair", SAME, ids=str)
def test_the_same_layer_written_in_two_ways_passes(pair):
    assert pair.apart() < SAME_WITHIN, "the writings are not the same"
    pair.compare()


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("pair", OTHER, ids=str)
def test_another_layer_fails(pair):
    assert pair.apart() > OTHER_BY, "the writings are the same"
    with pytest.raises(AssertionError, match="is not the same layer as the first layer"):
        pair.compare()
