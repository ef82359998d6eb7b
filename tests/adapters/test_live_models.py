"""Models that are live objects of this process: recorded, and compared with each other."""

import gc
import importlib

import convparity
import numpy as np
import pytest
from convparity.testing import assert_same_model

X = np.random.RandomState(0).standard_normal((2, 3, 16, 16)).astype(np.float32)


def _torch_net(padding=1, epsilon=1e-3, seed=0):
    torch = importlib.import_module("torch")
    nn = torch.nn
    torch.manual_seed(seed)
    conv = nn.Conv2d(3, 8, 3, stride=2, padding=padding)
    tail = [nn.BatchNorm2d(8, eps=epsilon), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)]
    return nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), conv, *tail) if padding == 0 else nn.Sequential(conv, *tail)


def _keras_net(adapter, padding="same"):
    keras, layers = adapter.keras, adapter.keras.layers
    x = keras.Input((16, 16, 3))
    y = layers.Conv2D(8, 3, strides=2, padding=padding, name="stem")(x)
    y = layers.GlobalAveragePooling2D()(layers.ReLU()(layers.BatchNormalization(name="norm")(y)))
    return keras.Model(x, layers.Dense(4, name="head")(y))


def _carried(keras_net, torch_net):
    """Give a PyTorch network the weights of a Keras one."""
    torch = importlib.import_module("torch")
    modules = [m for m in torch_net if any(True for _ in m.parameters())]
    stem, _, head = (keras_net.get_layer(name) for name in ("stem", "norm", "head"))
    with torch.no_grad():
        for module, layer, axes in ((modules[0], stem, (3, 2, 0, 1)), (modules[2], head, (1, 0))):
            kernel, bias = layer.get_weights()
            module.weight.copy_(torch.from_numpy(kernel.transpose(axes).copy()))
            module.bias.copy_(torch.from_numpy(bias))
    return torch_net


@pytest.fixture
def torch(adapter):
    if adapter.name != "torch":
        pytest.skip("models of PyTorch")
    return adapter.torch


def test_a_live_module_is_recorded_and_stays_as_it_was(torch):
    net = _torch_net().train()
    net[1].eval()
    recording = convparity.record(net, X)
    assert [call.kind for call in recording.calls] == ["conv", "batch_norm", "activation", "mean", "flatten", "dense"]
    assert np.array_equal(recording.array(recording.inputs[0]), X)
    assert [module.training for module in net] == [True, False, True, True, True, True]
    assert np.array_equal(recording.array(recording.outputs[0]), net.eval()(torch.from_numpy(X)).detach().numpy())


def test_a_temporary_folder_is_deleted_with_its_recording_and_a_given_one_stays(torch, tmp_path):
    recording = convparity.record(_torch_net(), X)
    folder = recording.folder
    assert (folder / "recording.json").exists()
    del recording
    gc.collect()
    assert not folder.exists()
    kept = convparity.record(_torch_net(), X, tmp_path / "kept").folder
    gc.collect()
    assert (kept / "recording.json").exists()
    with pytest.raises(convparity.InputError, match="kept: exists already"):
        convparity.record(_torch_net(), X, kept)


def test_several_inputs_are_given_in_order_or_by_name(torch):
    class Sum(torch.nn.Module):
        def forward(self, left, right):
            return left - 2 * right

    left, right = X, X[::-1].copy()
    for given in ([left, right], {"right": right, "left": left}):
        recording = convparity.record(Sum(), given)
        assert np.allclose(recording.array(recording.outputs[0]), left - 2 * right)


@pytest.mark.parametrize(
    ("model", "x", "error", "why"),
    [
        (3, X, TypeError, "the model is a int; expected a torch.nn.Module"),
        (len, X, TypeError, "expected a torch.nn.Module"),
        (_torch_net, np.ones((1, 3, 8, 8)), ValueError, "constant input hides shifts"),
        (_torch_net, "1x3x8x8", ValueError, "expected numbers"),
    ],
)
@pytest.mark.usefixtures("torch")
def test_a_wrong_model_or_input_is_an_error(model, x, error, why):
    with pytest.raises(error, match=why):
        convparity.record(model() if model is _torch_net else model, x)


@pytest.mark.usefixtures("torch")
def test_the_same_model_passes_and_a_differing_one_fails_with_cause_and_line():
    assert_same_model(_torch_net(), _torch_net(), X)
    with pytest.raises(AssertionError) as failure:
        assert_same_model(_torch_net(padding=0), _torch_net(epsilon=1e-5), X)
    said = str(failure.value)
    assert said.startswith("2 of 5 layers differ by themselves: 1 pads, 1 epsilon\n")
    assert "pads (1,1) where the original pads (0,1)" in said
    assert "has epsilon 1e-05 where the original has 0.001" in said
    assert "write: nn.BatchNorm2d(8, eps=0.001)" in said
    assert "run again: 0 layers left, 0 apart" in said


def test_a_port_in_torch_of_a_keras_model_in_the_same_process(adapter):
    if adapter.name != "keras-torch":
        pytest.skip("needs Keras and PyTorch in one process")
    net = _keras_net(adapter)
    assert_same_model(net, _carried(net, _torch_net(padding=0)), X)
    with pytest.raises(AssertionError) as failure:
        assert_same_model(net, _carried(net, _torch_net()), X)
    said = str(failure.value)
    assert said.startswith("1 of 5 layers differs by itself: pads\n\nconv: pads (1,1) where the original pads (0,1)")
    assert "write: nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2))" in said


def test_a_live_model_of_every_framework_is_recorded(adapter):
    from .test_recorder import MODELS  # models of all frameworks, on an input of 1x3x16x16

    made, path, _, _ = MODELS[adapter.name](adapter)
    recording = convparity.record(made, X[:1])
    assert (recording.adapter, recording.calls[0].path) == (adapter.name, path)
    assert np.array_equal(recording.canonical(recording.inputs[0]), X[:1])
    assert_same_model(made, made, X[:1])


def test_a_live_port_is_compared_with_the_originals_weights_and_has_its_own_again(torch):
    original, port = _torch_net(padding=0), _torch_net(epsilon=1e-5, seed=7)
    before = {name: tensor.clone() for name, tensor in port.state_dict().items()}
    assert not convparity.compare(original, port, X).same
    found = convparity.compare(original, port, X, carry=True)
    assert {finding.kind for finding in found.differ} == {"pads", "epsilon"}
    assert (found.carried.layers, found.carried.left_out, found.left) == (3, [], 0)
    assert all(torch.equal(tensor, before[name]) for name, tensor in port.state_dict().items())
    assert convparity.compare(convparity.record(original, X), _torch_net(padding=0, seed=7), X, carry=True).same


def test_a_live_port_in_half_precision_or_with_a_shared_layer_has_its_own_weights_again(torch):
    nn = torch.nn

    def net(seed, dtype):
        torch.manual_seed(seed)
        conv = nn.Conv2d(3, 3, 3, padding=1)
        return nn.Sequential(conv, nn.ReLU(), conv).to(dtype)

    for dtype in (torch.float16, torch.bfloat16):
        port = net(7, dtype)
        before = {name: tensor.clone() for name, tensor in port.state_dict().items()}
        found = convparity.compare(net(0, torch.float32), port, X, carry=True)
        assert (found.carried.layers, found.carried.left_out) == (2, [])
        assert all(torch.equal(tensor, before[name]) for name, tensor in port.state_dict().items())


def test_carried_weights_are_gone_again_after_an_error(torch):
    class Fragile(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 4, 3)
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            if self.calls > 1:
                raise RuntimeError("only once")
            return self.conv(x)

    port = Fragile()
    before = port.conv.weight.clone()
    with pytest.raises(RuntimeError, match="only once"):
        convparity.compare(torch.nn.Conv2d(3, 4, 3), port, X, carry=True)
    assert torch.equal(port.conv.weight, before)


def test_the_weights_of_a_folded_convolution_are_carried_into_a_convolution_and_its_batch_norm(torch):
    nn = torch.nn
    original = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    torch.manual_seed(7)
    port = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    found = convparity.compare(original, port, X, carry=True)
    assert (found.same, found.carried.left_out, found.unpaired) == (True, [], [])


def test_a_live_nnx_module_gets_the_originals_weights(adapter):
    if adapter.name != "flax":
        pytest.skip("modules of Flax")
    from flax import nnx

    def net(seed):
        rngs = nnx.Rngs(seed)
        up = nnx.ConvTranspose(4, 5, (3, 3), strides=2, rngs=rngs)
        return nnx.Sequential(nnx.Conv(3, 4, (3, 3), rngs=rngs), nnx.BatchNorm(4, rngs=rngs), nnx.relu, up)

    port = net(7)
    leaves = importlib.import_module("jax").tree_util.tree_leaves
    before = [np.asarray(leaf) for leaf in leaves(nnx.state(port, nnx.Param))]
    found = convparity.compare(net(0), port, X, carry=True)
    assert (found.same, found.carried.layers, found.carried.left_out) == (True, 3, [])
    after = leaves(nnx.state(port, nnx.Param))
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_a_name_beside_a_live_model_is_an_error(torch):
    with pytest.raises(convparity.InputError, match=r"the first model is 'torch:nets:make'.*record it"):
        convparity.compare("torch:nets:make", torch.nn.ReLU(), X)
