"""Honest ports of models that are no plain chains: subclassed, with two inputs, shared layers, residuals, functions."""

import importlib

import convparity
import numpy as np
import pytest
from convparity.models.live import compare

RANDOM = np.random.RandomState(0)
LEFT, RIGHT = (RANDOM.standard_normal((2, channels, 8, 8)).astype(np.float32) for channels in (3, 2))
KERAS = {"tensorflow", "keras-torch", "keras-jax"}


def _layers(layers):
    convolutions = {name: layers.Conv2D(8, k, padding="same", name=name) for name, k in _SIZES.items()}
    return {**convolutions, "norm": layers.BatchNormalization(name="norm"), "head": layers.Dense(4, name="head")}


_SIZES = {"left": 3, "right": 1, "shared": 3}


def _subclassed(keras):
    """A subclassed model with operators between tensors, whose result is that of ``_functional``."""

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = _layers(keras.layers)
            self.pool = keras.layers.GlobalAveragePooling2D()

        def call(self, inputs, training=False):
            left, right = inputs
            x = keras.ops.relu(self.parts["norm"](self.parts["left"](left), training=training))
            x = x + self.parts["right"](right)
            x = x + keras.ops.relu(self.parts["shared"](x))
            x += self.parts["shared"](x) * 0.5
            x = keras.ops.concatenate([x, x[..., :2]], axis=-1)
            return self.parts["head"](self.pool(x))

    net = Net()
    net([np.moveaxis(x, 1, -1) for x in (LEFT, RIGHT)])
    return net, net.parts


def _functional(keras):
    layers, parts = keras.layers, _layers(keras.layers)
    left, right = keras.Input((8, 8, 3), name="left_image"), keras.Input((8, 8, 2), name="right_image")
    x = layers.ReLU()(parts["norm"](parts["left"](left)))
    x = layers.add([x, parts["right"](right)])
    x = layers.add([x, layers.ReLU()(parts["shared"](x))])
    x = x + parts["shared"](x) * 0.5
    x = layers.concatenate([x, x[..., :2]])
    return keras.Model([left, right], parts["head"](layers.GlobalAveragePooling2D()(x))), parts


def _port(parts, shared_padding=1, residual=1.0):
    """The same network in PyTorch, with the weights of these Keras layers; the shared convolution is a function."""
    torch = importlib.import_module("torch")
    nn, functional = torch.nn, torch.nn.functional

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.norm = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8, eps=1e-3)
            self.right, self.shared, self.head = nn.Conv2d(2, 8, 1), nn.Conv2d(8, 8, 3), nn.Linear(10, 4)

        def convolved(self, x):
            x = functional.pad(x, (shared_padding, 2 - shared_padding) * 2)
            return functional.conv2d(x, self.shared.weight, self.shared.bias)

        def forward(self, left, right):
            x = torch.relu(self.norm(self.left(left)))
            x = x + self.right(right)
            x = x + torch.relu(self.convolved(x))
            x = x + self.convolved(x) * 0.5 * residual
            x = torch.cat([x, x[:, :2]], 1)
            return self.head(x.mean((2, 3)))

    net = Net().eval()
    with torch.no_grad():
        for name in (*_SIZES, "head"):
            kernel, bias = parts[name].get_weights()
            axes = (1, 0) if name == "head" else (3, 2, 0, 1)
            getattr(net, name).weight.copy_(torch.from_numpy(kernel.transpose(axes).copy()))
            getattr(net, name).bias.copy_(torch.from_numpy(bias))
    return net


@pytest.fixture(params=[_subclassed, _functional], ids=["subclassed", "functional"])
def made(adapter, request):
    if adapter.name not in KERAS:
        pytest.skip("models of Keras")
    return request.param(adapter.keras)


def _needs_both(adapter):
    if adapter.name != "keras-torch":
        pytest.skip("needs Keras and PyTorch in one process")


def test_an_honest_port_differs_nowhere_and_every_layer_has_its_pair(adapter, made):
    _needs_both(adapter)
    net, parts = made
    found = compare(net, _port(parts), [LEFT, RIGHT])
    assert (found.differ, found.harmless, found.unpaired) == ([], [], [])
    assert found.before < 1e-5
    assert len(found.layers) >= 11  # 4 convolutions, 1 batch norm, 2 ReLUs, 3 sums, 1 dense


def test_a_fault_in_a_shared_layer_is_found_in_each_of_its_calls_and_nowhere_else(adapter, made):
    _needs_both(adapter)
    net, parts = made
    found = compare(net, _port(parts, shared_padding=2), [LEFT, RIGHT])
    causes = {(row.kind, row.original, row.cause) for row in found.differ}
    assert causes == {("pads", "shared", "pads (2,0) where the original pads (1,1)")}
    assert len(found.differ) == 2


def test_a_residual_with_another_factor_is_found(adapter, made):
    _needs_both(adapter)
    net, parts = made
    found = compare(net, _port(parts, residual=2.0), [LEFT, RIGHT])
    assert [row.kind for row in found.differ] == ["scale"]


def test_operators_of_a_subclassed_model_are_recorded_and_left_as_they_were(adapter):
    if adapter.name not in KERAS:
        pytest.skip("models of Keras")
    net, _ = _subclassed(adapter.keras)
    tensor = type(adapter.keras.ops.zeros(1))
    names = ("__add__", "__iadd__", "__getitem__")
    before = [vars(tensor).get(name) for name in names]
    recording = convparity.record(net, [LEFT, RIGHT])
    assert [vars(tensor).get(name) for name in names] == before
    kinds = [call.kind for call in recording.calls]
    start = ["conv", "batch_norm", "activation", "conv", "add", "conv", "activation", "add", "conv", "multiply", "add"]
    assert kinds == [*start, "pad", "concat", "mean", "dense"]
    sums = [call for call in recording.calls if call.kind == "add"]
    assert all(len(set(call.inputs)) == 2 for call in sums)
    for call in sums:
        left, right = (recording.array(value) for value in call.inputs)
        assert np.array_equal(recording.array(call.outputs[0]), left + right)
    output = adapter.keras.ops.convert_to_numpy(net([np.moveaxis(x, 1, -1) for x in (LEFT, RIGHT)], training=False))
    assert np.allclose(recording.array(recording.outputs[0]), output, atol=1e-6)
