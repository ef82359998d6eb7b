"""A worker's session with one model, in this process, and the lines that mend a port, against NumPy."""

import sys

import numpy as np
import pytest
from convparity.adapters import registry
from convparity.adapters.models.recorder import NotAModel
from convparity.adapters.models.recording import Recording
from convparity.adapters.worker.models import Refused, Session
from convparity.models.mending import case
from convparity.report.models import numbers

NETS = {
    "torch": "from torch import nn\ndef make():\n    return nn.Sequential(nn.Conv2d(2, 3, 1), nn.ReLU())\n",
    "keras": "import keras\ndef make():\n"
    "    return keras.Sequential([keras.layers.Input((4, 4, 2)), keras.layers.Conv2D(3, 1), keras.layers.ReLU()])\n",
    "flax": "import jax\nfrom flax import linen as nn\nclass Net(nn.Module):\n    @nn.compact\n"
    "    def __call__(self, x):\n        return nn.relu(nn.Conv(3, (1, 1))(x))\n"
    "def make():\n    return Net(), Net().init(jax.random.PRNGKey(0), jax.numpy.zeros((1, 4, 4, 2)))\n",
    "mxnet": "from mxnet import npx\nfrom mxnet.gluon import nn\ndef make():\n    npx.set_np()\n"
    "    net = nn.Sequential()\n    net.add(nn.Conv2D(3, 1, in_channels=2), nn.Activation('relu'))\n"
    "    net.initialize()\n    return net\n",
    "onnx": "import numpy as np\nfrom onnx import TensorProto, helper, numpy_helper\ndef make():\n"
    "    w = np.random.RandomState(1).standard_normal((3, 2, 1, 1)).astype('f4')\n"
    "    nodes = [helper.make_node('Conv', ['x', 'w'], ['c'], 'conv', kernel_shape=[1, 1]),\n"
    "             helper.make_node('Relu', ['c'], ['y'], 'relu')]\n"
    "    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [2, c, 4, 4]) for n, c in (('x', 2), ('y', 3))]\n"
    "    graph = helper.make_graph(nodes, 'net', ends[:1], ends[1:], [numpy_helper.from_array(w, 'w')])\n"
    "    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)\n",
}
BAD = (
    "def raises():\n    raise ValueError('no weights')\n"
    "def number():\n    return 3\n"
    "def leaves():\n    raise SystemExit\n"
)
X = np.random.RandomState(0).standard_normal((2, 2, 4, 4)).astype(np.float32)


@pytest.fixture
def session(adapter, tmp_path, monkeypatch):
    (tmp_path / "sessionnets.py").write_text(NETS[registry.folder(adapter.name)] + BAD)
    np.save(tmp_path / "x.npy", X)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("sessionnets", None)
    return Session(adapter, lambda message: None)


def recorded(session, tmp_path, name="sessionnets:make"):
    session.record(f"{session.adapter.name}:{name}", {"": str(tmp_path / "x.npy")}, str(tmp_path / "rec"))
    return Recording(tmp_path / "rec")


def test_a_repeated_call_gives_the_same_output(session, tmp_path):
    recording = recorded(session, tmp_path)
    call = next(call for call in recording.calls if call.kind == "activation")
    given = recording.array(call.inputs[0])
    np.save(tmp_path / "given.npy", given)
    wanted = {str(call.outputs[0]): str(tmp_path / "y.npy")}
    unit = {"calls": [call.number], "given": {str(call.inputs[0]): str(tmp_path / "given.npy")}, "wanted": wanted}
    missing = {**unit, "given": {str(call.inputs[0]): str(tmp_path / "x.npy")}, "wanted": {"999": "nowhere.npy"}}
    errors = session.replay([unit, missing])
    assert errors[0] == ""
    assert "999" in errors[1]
    assert np.array_equal(np.load(tmp_path / "y.npy"), np.maximum(given, 0))


def test_a_model_with_other_weights_is_recorded_again_and_makes_its_calls_with_these(session, tmp_path):
    before = recorded(session, tmp_path)
    conv = next(call for call in before.calls if call.kind == "conv")
    kernel = np.array(before.array(conv.weights["kernel"]))
    np.save(tmp_path / "kernel.npy", -kernel)
    weights = {"0": {"kernel": str(tmp_path / "kernel.npy")}}
    answer = session.answer("carry", {"weights": weights, "folder": str(tmp_path / "again")})
    assert answer == {"calls": len(before.calls), "left": []}
    after = Recording(tmp_path / "again")
    assert np.array_equal(after.array(after.calls[0].weights["kernel"]), -kernel)
    np.save(tmp_path / "given.npy", before.array(conv.inputs[0]))
    wanted = {str(conv.outputs[0]): str(tmp_path / "y.npy")}
    given = {str(conv.inputs[0]): str(tmp_path / "given.npy")}
    assert session.answer("replay", [{"calls": [0], "given": given, "wanted": wanted}]) == [""]
    # The bias of a new PyTorch layer is not 0: the output's part that the kernel makes has the other sign.
    bias = np.zeros(3, "f4") if "bias" not in conv.weights else np.array(before.array(conv.weights["bias"]))
    bias = bias if before.layouts[conv.outputs[0]] == "channels_last" else bias[:, None, None]
    assert np.allclose(np.load(tmp_path / "y.npy") - bias, bias - before.array(conv.outputs[0]), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("sessionnets:raises", "raised ValueError: no weights"),
        ("sessionnets:leaves", "raised SystemExit"),
        ("sessionnets:number", "returned"),
        ("nosuchmodule:make", "nosuchmodule"),
        ("sessionnets:nothing", "nothing"),
    ],
)
def test_a_factory_that_makes_no_model_is_refused_in_one_sentence(session, tmp_path, name, why):
    with pytest.raises((Refused, NotAModel), match=why) as refused:
        recorded(session, tmp_path, name)
    assert "\n" not in str(refused.value)


TURNS = {
    "scale": (2.0, lambda x: x * 2),
    "affine": ((2.0, 1.0), lambda x: x * 2 + 1),
    "channels": ([1, 0], lambda x: x[:, [1, 0]]),
    "axes": ((0, 1, 3, 2), lambda x: x.transpose(0, 1, 3, 2)),
    "flip": (2, lambda x: x[:, :, ::-1]),
    "nothing": (None, lambda x: x),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_line_that_turns_a_value_does_what_numpy_does(session, tmp_path, name):
    recorded(session, tmp_path)
    adapter, (numbers, expected) = session.adapter, TURNS[name]
    line = registry.writer(adapter.name).turn(name, numbers, X.ndim)
    made = session.recorder.line(line, session.recorder.to_tensor(adapter.to_layout(X)), {})
    made = session.recorder.to_numpy(made)
    made = np.moveaxis(made, -1, 1) if adapter.channels_last else made
    assert np.array_equal(made, expected(X))


def test_flattened_values_are_put_in_the_other_order(session, tmp_path):
    recorded(session, tmp_path)
    flat = X.reshape(2, -1)  # channels first: (2 channels, 16 pixels)
    last = X.transpose(0, 2, 3, 1).reshape(2, -1)
    lines, recorder = registry.writer(session.adapter.name), session.recorder
    to_first = recorder.line(lines.turn("flat", (2, 16, False), 2), recorder.to_tensor(last), {})
    to_last = recorder.line(lines.turn("flat", (2, 16, True), 2), recorder.to_tensor(flat), {})
    assert np.array_equal(recorder.to_numpy(to_first), flat)
    assert np.array_equal(recorder.to_numpy(to_last), last)


ACTIVATIONS = {
    "relu": ({}, lambda x: np.maximum(x, 0)),
    "relu6": ({}, lambda x: np.clip(x, 0, 6)),
    "sigmoid": ({}, lambda x: 1 / (1 + np.exp(-x))),
    "tanh": ({}, np.tanh),
    "silu": ({}, lambda x: x / (1 + np.exp(-x))),
    "leaky_relu": ({"negative_slope": 0.3}, lambda x: np.where(x < 0, 0.3 * x, x)),
    "elu": ({"alpha": 0.5}, lambda x: np.where(x < 0, 0.5 * np.expm1(x), x)),
    "gelu_tanh": ({}, lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))),
}


@pytest.mark.parametrize("form", ACTIVATIONS)
def test_the_line_of_an_activation_computes_its_formula(session, tmp_path, form):
    recorded(session, tmp_path)
    adapter, recorder, (parameters, expected) = session.adapter, session.recorder, ACTIVATIONS[form]
    x = 3 * X
    settings = {"form": form, "parameters": parameters}
    line = registry.writer(adapter.name).layer(adapter, "activation", settings, x.shape, None, bias=False)
    made = recorder.to_numpy(recorder.line(line, recorder.to_tensor(adapter.to_layout(x)), {}))
    made = np.moveaxis(made, -1, 1) if adapter.channels_last else made
    assert np.allclose(made, expected(x), atol=1e-5)


SQUARE = {"kernel": [3, 3], "stride": [2, 2], "dilation": [1, 1], "pads": [[0, 1], [0, 1]]}
RANDOM = np.random.RandomState(3)
KERNEL, BIAS = RANDOM.standard_normal((4, 2, 3, 3)).astype("f4"), RANDOM.standard_normal(4).astype("f4")
CHANNELS = [RANDOM.uniform(0.5, 2, 2).astype("f4") for _ in range(4)]
NORM = dict(zip(("scale", "shift", "mean", "variance"), CHANNELS, strict=True))
POOL = {**SQUARE, "ceil": False}
LAYERS = {
    "conv": ("conv", {**SQUARE, "groups": 1}, {"kernel": KERNEL}),
    "conv with a bias": ("conv", {**SQUARE, "groups": 1}, {"kernel": KERNEL, "bias": BIAS}),
    "batch norm": ("batch_norm", {"epsilon": 0.02}, NORM),
    "max pool": ("max_pool", POOL, {}),
    "max pool that pads with zeros": ("max_pool", {**POOL, "value": 0.0}, {}),
    "average": ("avg_pool", {**POOL, "count_include_pad": True, "divisor": None}, {}),
    "average without its padding": ("avg_pool", {**POOL, "count_include_pad": False, "divisor": None}, {}),
    "resize": ("resize", {"mode": "linear", "corners": "half-pixel", "size": [8, 8]}, {}),
    "nearest": ("resize", {"mode": "nearest", "corners": "half-pixel", "size": [8, 12]}, {}),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_line_of_a_layer_computes_what_its_settings_say(session, tmp_path, name):
    recorded(session, tmp_path)
    adapter, recorder, (kind, settings, weights) = session.adapter, session.recorder, LAYERS[name]
    lines = registry.writer(adapter.name)
    windows = case(kind, settings, X.shape, weights.get("kernel"))
    x = X - 1  # so that padding with zeros shows in a maximum
    line = lines.layer(registry.speller(adapter.name), kind, settings, x.shape, windows, "bias" in weights)
    made = recorder.to_numpy(recorder.line(line, recorder.to_tensor(adapter.to_layout(x)), weights))
    made = np.moveaxis(made, -1, 1) if adapter.channels_last else made
    assert np.allclose(made, numbers.evaluate(kind, settings, weights, [x]), atol=1e-5)


@pytest.mark.parametrize("bias", [False, True])
def test_the_line_of_a_dense_layer_multiplies_by_its_kernel(session, tmp_path, bias):
    recorded(session, tmp_path)
    adapter, recorder = session.adapter, session.recorder
    kernel = RANDOM.standard_normal((4, 6)).astype("f4")
    x = RANDOM.standard_normal((2, 6)).astype("f4")
    weights = {"kernel": kernel, **({"bias": BIAS} if bias else {})}
    line = registry.writer(adapter.name).layer(adapter, "dense", {"outputs": 4}, x.shape, None, bias)
    made = recorder.to_numpy(recorder.line(line, recorder.to_tensor(x), weights))
    assert np.allclose(made, x @ kernel.T + (BIAS if bias else 0), atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"mode": "linear", "corners": "aligned", "size": [7, 3]}, "align_corners=True"),
        ({"mode": "linear", "corners": "asymmetric", "size": [7, 3]}, ""),
        ({"mode": "nearest", "corners": "asymmetric", "size": [6, 4]}, ""),
        ({"mode": "nearest", "corners": "aligned", "size": [8, 8]}, ""),
        ({"mode": "cubic", "corners": "half-pixel", "size": [8, 8]}, ""),
    ],
)
def test_gluon_has_a_line_for_some_resizes(session, tmp_path, settings, line):
    if session.adapter.name != "mxnet":
        pytest.skip("the resizes of MXNet")
    recorded(session, tmp_path)
    written = registry.writer("mxnet").layer(None, "resize", settings, X.shape, None, bias=False)
    assert line in written
    assert bool(line) == bool(written)
    if written:
        made = session.recorder.to_numpy(session.recorder.line(written, session.recorder.to_tensor(X), {}))
        assert np.allclose(made, numbers.evaluate("resize", settings, {}, [X]), atol=1e-5)


NNX = """from flax import nnx
def of_nnx():
    return nnx.Sequential(nnx.Conv(2, 3, (1, 1), rngs=nnx.Rngs(0)), nnx.relu)
"""
NNX_LINES = {
    "conv with a bias": "nnx.Conv(2, 4, (3, 3), strides=2, padding=((0, 1), (0, 1)), rngs=rngs)",
    "batch norm": "nnx.BatchNorm(2, epsilon=0.02, rngs=rngs)",
    "average": "nnx.avg_pool(x, (3, 3), strides=(2, 2), padding=((0, 1), (0, 1)))",
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_line_of_a_layer_of_nnx_is_one_of_nnx_and_computes_the_same(session, tmp_path, name):
    if session.adapter.name != "flax":
        pytest.skip("a module of Flax")
    (tmp_path / "nnxnets.py").write_text(NNX)
    sys.modules.pop("nnxnets", None)
    recorded(session, tmp_path, "nnxnets:of_nnx")
    adapter, recorder, (kind, settings, weights) = session.adapter, session.recorder, LAYERS[name]
    windows = case(kind, settings, X.shape, weights.get("kernel"))
    x = X - 1
    lines = registry.writer("flax", "nnx")
    line = lines.layer(registry.speller("flax"), kind, settings, x.shape, windows, "bias" in weights)
    assert "nn." not in line.replace("jnp.", "").replace("nnx.", "")
    assert NNX_LINES.get(name, "") in line
    made = recorder.to_numpy(recorder.line(line, recorder.to_tensor(adapter.to_layout(x)), weights))
    assert np.allclose(np.moveaxis(made, -1, 1), numbers.evaluate(kind, settings, weights, [x]), atol=1e-5)
