"""Recorders: what is recorded of a model, and that its calls can be made again."""

import importlib

import numpy as np
import pytest
from convparity.adapters.models.recording import Recording
from convparity.adapters.registry import recorder_class

MODELS = {}


def model(*names):
    return lambda make: MODELS.update(dict.fromkeys(names, make)) or make


@model("torch")
def _of_torch(adapter):
    torch, nn = adapter.torch, adapter.torch.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU6(True))
            self.head = nn.Linear(8, 4)

        def forward(self, x):
            y = nn.functional.max_pool2d(self.stem(x), 2)
            return torch.softmax(self.head((y + y).mean((2, 3))), 1)

    return Net(), "stem.0", [[1, 1], [1, 1]], 0.9


@model("tensorflow", "keras-torch", "keras-jax")
def _of_keras(adapter):
    layers = adapter.keras.layers
    x = adapter.keras.Input((16, 16, 3))
    y = layers.Conv2D(8, 3, strides=2, padding="same", name="stem")(x)
    y = layers.MaxPooling2D(2)(layers.ReLU(6.0)(layers.BatchNormalization(momentum=0.9)(y)))
    y = layers.GlobalAveragePooling2D()(adapter.keras.ops.add(y, y))
    return adapter.keras.Model(x, layers.Dense(4, activation="softmax")(y)), "stem", [[0, 1], [0, 1]], 0.9


@model("flax")
def _of_flax(adapter):
    import jax
    from flax import linen as nn

    class Net(nn.Module):
        @nn.compact
        def __call__(self, x):
            y = nn.Conv(8, (3, 3), strides=2, padding="SAME", name="stem")(x)
            y = nn.relu6(nn.BatchNorm(use_running_average=True, momentum=0.9, name="norm")(y))
            y = nn.max_pool(y, (2, 2), strides=(2, 2))
            return nn.softmax(nn.Dense(4, name="head")((y + y).mean((1, 2))))

    net = Net()
    return (net, net.init(jax.random.PRNGKey(0), np.zeros((1, 16, 16, 3), "f4"))), "stem", [[0, 1], [0, 1]], 0.9


@model("mxnet")
def _of_gluon(adapter):
    nn, npx = adapter.namespace["nn"], adapter.namespace["npx"]
    from mxnet import gluon

    class Net(gluon.Block):
        def __init__(self):
            super().__init__()
            self.stem, self.norm = nn.Conv2D(8, 3, 2, 1, in_channels=3), nn.BatchNorm(in_channels=8)
            self.act, self.pool, self.head = nn.Activation("relu"), nn.MaxPool2D(2), nn.Dense(4, in_units=8)

        def forward(self, x):
            y = self.pool(self.act(self.norm(self.stem(x))))
            return npx.softmax(self.head((y + y).mean((2, 3))))

    net = Net()
    net.initialize()
    return net, "stem", [[1, 1], [1, 1]], 0.9


@model("onnxruntime")
def _of_onnx(adapter):
    helper, onnx = adapter.helper, adapter.onnx
    random = np.random.RandomState(1)

    def constant(name, *shape):
        return onnx.numpy_helper.from_array(random.uniform(0.5, 1.5, shape).astype(np.float32), name)

    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["a"], "stem", strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["a", "s", "t", "m", "v"], ["c"], epsilon=1e-3, momentum=0.9),
        helper.make_node("Clip", ["c", "zero", "six"], ["d"]),
        helper.make_node("MaxPool", ["d"], ["e"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Add", ["e", "e"], ["f"]),
        helper.make_node("ReduceMean", ["f", "axes"], ["g"], keepdims=0),
        helper.make_node("Gemm", ["g", "k", "l"], ["h"]),
        helper.make_node("Softmax", ["h"], ["y"]),
    ]
    parts = [constant("w", 8, 3, 3, 3), *(constant(name, 8) for name in "bstmv"), constant("k", 8, 4), constant("l", 4)]
    limits = [onnx.numpy_helper.from_array(np.float32(n), name) for name, n in (("zero", 0), ("six", 6))]
    parts += [*limits, onnx.numpy_helper.from_array(np.array([2, 3]), "axes")]
    ends = [helper.make_tensor_value_info(n, 1, s) for n, s in (("x", [1, 3, 16, 16]), ("y", [1, 4]))]
    graph = helper.make_graph(nodes, "net", ends[:1], ends[1:], parts)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return made, "stem", [[1, 1], [1, 1]], 0.9


@pytest.fixture
def recorded(adapter, tmp_path):
    if adapter.name not in MODELS:
        pytest.skip(f"{adapter.title} has no recorder yet")
    made, path, pads, momentum = MODELS[adapter.name](adapter)
    x = np.random.RandomState(0).standard_normal((1, 3, 16, 16)).astype(np.float32)
    recorder = recorder_class(adapter.name)(adapter, tmp_path / "rec")
    recorder.record(made, {"": np.moveaxis(x, 1, -1) if adapter.channels_last else x}, {"model": "made here"})
    return recorder, Recording(tmp_path / "rec"), (path, pads, momentum), x


def test_every_call_is_recorded_in_order_and_in_terms_of_no_framework(recorded):
    _, recording, (path, pads, momentum), x = recorded
    kinds = ["conv", "batch_norm", "activation", "max_pool", "add", "mean", "dense", "activation"]
    assert [call.kind for call in recording.calls] == kinds
    conv, norm = recording.calls[:2]
    relu = "relu" if recording.adapter == "mxnet" else "relu6"  # Gluon has no layer for the other
    assert (conv.path, conv.settings["pads"], conv.settings["stride"]) == (path, pads, [2, 2])
    assert recording.array(conv.weights["kernel"]).shape == (8, 3, 3, 3)
    assert norm.later == {"momentum": momentum}
    assert [call.settings["form"] for call in recording.calls if call.kind == "activation"] == [relu, "softmax"]
    assert np.array_equal(recording.canonical(recording.inputs[0]), x)


def test_calls_read_the_outputs_of_earlier_calls(recorded):
    _, recording, _, _ = recorded
    value = recording.inputs[0]
    for call in recording.calls:
        assert set(call.inputs) == {value}, call
        (value,) = call.outputs
    assert recording.outputs == (value,)


def test_a_recorded_convolution_follows_from_its_settings_and_weights(recorded):
    _, recording, _, x = recorded
    conv = recording.calls[0]
    (top, bottom), (left, right) = conv.settings["pads"]
    padded = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (top, bottom), (left, right)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))[:, :, ::2, ::2]
    y = np.einsum("nchwij,ocij->nohw", windows, recording.array(conv.weights["kernel"]).astype(np.float64))
    y += recording.array(conv.weights["bias"])[:, None, None]
    assert np.allclose(recording.canonical(conv.outputs[0]), y, atol=1e-5)


def test_repeated_calls_give_the_recorded_output_and_one_can_get_another_input(recorded):
    recorder, recording, _, _ = recorded
    x, y = recording.inputs[0], recording.outputs[0]
    again = recorder.replay(range(len(recording.calls)), {x: recording.array(x)}, [y], {})
    assert np.array_equal(again[y], recording.array(y))
    total = recording.calls[4]
    assert total.kind == "add"
    ones = np.ones_like(recording.array(total.inputs[0]))
    assert (recorder.replay([4], {total.inputs[0]: ones}, total.outputs, {})[total.outputs[0]] == 2).all()


def test_a_model_is_recorded_with_random_weights_where_that_is_asked(adapter, tmp_path):
    """Variances and scales are no ones then, and mistaking one weight for another shows."""
    if adapter.name not in MODELS or adapter.name == "onnxruntime":
        pytest.skip("a file has its own weights")
    made, *_ = MODELS[adapter.name](adapter)
    x = np.random.RandomState(0).standard_normal((1, 3, 16, 16)).astype(np.float32)
    recorder = recorder_class(adapter.name)(adapter, tmp_path / "rec")
    recorder.random = True
    recorder.record(made, {"": np.moveaxis(x, 1, -1) if adapter.channels_last else x}, {"model": "made here"})
    recording = Recording(tmp_path / "rec")
    assert recording.about["weights"] == "random"
    norm = {name: recording.array(value) for name, value in recording.calls[1].weights.items()}
    assert len({array.tobytes() for array in norm.values()}) == 4
    assert all((array >= 0.5).all() and (array <= 1.5).all() for array in norm.values())
    kernel = recording.array(recording.calls[0].weights["kernel"])
    assert len(np.unique(kernel)) == kernel.size


def test_a_module_of_nnx_infers_is_recorded_by_its_paths_and_stays_as_it_was(adapter, tmp_path):
    if adapter.name != "flax":
        pytest.skip("a module of Flax")
    from flax import nnx

    class Net(nnx.Module):
        def __init__(self, rngs):
            self.norm = nnx.BatchNorm(3, rngs=rngs)
            self.stem = nnx.Conv(3, 4, (3, 3), strides=2, rngs=rngs)
            self.drop = nnx.Dropout(0.5, rngs=rngs)

        def __call__(self, x):
            return nnx.gelu(self.drop(self.stem(self.norm(x))))

    net = Net(nnx.Rngs(0))
    x = np.random.RandomState(0).standard_normal((1, 8, 8, 3)).astype("f4")
    recorder = recorder_class("flax")(adapter, tmp_path / "rec")
    recorder.record(net, {"": x}, {"model": "made here"})
    recording = Recording(tmp_path / "rec")
    assert [call.path for call in recording.calls] == ["norm", "stem", "drop", ""]
    assert [call.kind for call in recording.calls] == ["batch_norm", "conv", "dropout", "activation"]
    conv = recording.calls[1]
    assert (conv.settings["pads"], conv.settings["word"]) == ([[0, 1], [0, 1]], "same")
    kernel = np.asarray(net.stem.kernel[...])
    assert np.array_equal(recording.array(conv.weights["kernel"]), kernel.transpose(3, 2, 0, 1))
    # The norm inferred: its mean is 0 and its variance 1. The dropout passed everything on.
    assert np.allclose(recording.array(recording.calls[0].outputs[0]), x, atol=1e-4)
    assert np.array_equal(*(recording.array(call.outputs[0]) for call in recording.calls[1:3]))
    assert (net.norm.use_running_average, net.drop.deterministic) == (False, False)
    assert not np.asarray(net.norm.mean[...]).any()


@pytest.mark.parametrize(("argument", "trains"), [("train", True), ("deterministic", False)])
def test_a_module_of_linen_that_trains_by_default_infers(adapter, tmp_path, argument, trains):
    if adapter.name != "flax":
        pytest.skip("a module of Flax")
    import jax
    from flax import linen as nn

    def forward(x, infers):
        x = nn.BatchNorm(use_running_average=infers, name="norm")(x)
        return nn.Dropout(0.5, deterministic=infers, name="drop")(x)

    class Trains(nn.Module):
        @nn.compact
        def __call__(self, x, train=True):
            return forward(x, not train)

    class Deterministic(nn.Module):
        @nn.compact
        def __call__(self, x, deterministic=False):
            return forward(x, deterministic)

    net = Trains() if argument == "train" else Deterministic()
    x = np.random.RandomState(0).standard_normal((1, 8, 8, 3)).astype("f4")
    variables = net.init(jax.random.PRNGKey(0), x, not trains)
    recorder_class("flax")(adapter, tmp_path / "rec").record((net, variables), {"": x}, {"model": "made here"})
    recording = Recording(tmp_path / "rec")
    assert [call.kind for call in recording.calls] == ["batch_norm", "dropout"]
    assert np.allclose(recording.array(recording.calls[-1].outputs[0]), x, atol=1e-4)  # the mean is 0, the variance 1


def test_each_adapter_with_a_recorder_has_a_model_here(adapter):
    if adapter.name in MODELS:
        return
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(recorder_class(adapter.name).__module__)
