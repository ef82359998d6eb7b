"""A worker's session with one model, in this process, and the lines that mend a port, against NumPy."""

import sys

import numpy as np
import pytest
from convparity.adapters.keras import writing as keras_lines
from convparity.adapters.models.recorder import NotAModel
from convparity.adapters.models.recording import Recording
from convparity.adapters.torch import writing as torch_lines
from convparity.adapters.worker.models import Refused, Session

LINES = {"torch": torch_lines, "tensorflow": keras_lines, "keras-torch": keras_lines, "keras-jax": keras_lines}
NETS = {
    "torch": "from torch import nn\ndef make():\n    return nn.Sequential(nn.Conv2d(2, 3, 1), nn.ReLU())\n",
    "keras": "import keras\ndef make():\n"
    "    return keras.Sequential([keras.layers.Input((4, 4, 2)), keras.layers.Conv2D(3, 1), keras.layers.ReLU()])\n",
}
BAD = (
    "def raises():\n    raise ValueError('no weights')\n"
    "def number():\n    return 3\n"
    "def leaves():\n    raise SystemExit\n"
)
X = np.random.RandomState(0).standard_normal((2, 2, 4, 4)).astype(np.float32)


@pytest.fixture
def session(adapter, tmp_path, monkeypatch):
    if adapter.name not in LINES:
        pytest.skip("lines to write are known for ports in PyTorch and Keras")
    kind = "torch" if adapter.name == "torch" else "keras"
    (tmp_path / "sessionnets.py").write_text(NETS[kind] + BAD)
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
    line = LINES[adapter.name].turn(name, numbers, X.ndim)
    made = session.recorder.line(line, session.recorder.to_tensor(adapter.to_layout(X)), {})
    made = session.recorder.to_numpy(made)
    made = np.moveaxis(made, -1, 1) if adapter.channels_last else made
    assert np.array_equal(made, expected(X))


def test_flattened_values_are_put_in_the_other_order(session, tmp_path):
    recorded(session, tmp_path)
    flat = X.reshape(2, -1)  # channels first: (2 channels, 16 pixels)
    last = X.transpose(0, 2, 3, 1).reshape(2, -1)
    lines, recorder = LINES[session.adapter.name], session.recorder
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
    line = LINES[adapter.name].layer(adapter, "activation", settings, x.shape, None, bias=False)
    made = recorder.to_numpy(recorder.line(line, recorder.to_tensor(adapter.to_layout(x)), {}))
    made = np.moveaxis(made, -1, 1) if adapter.channels_last else made
    assert np.allclose(made, expected(x), atol=1e-5)
