"""The commands on models that need no framework, since the model is a recording."""

import json

import convparity as in_python
import numpy as np
import pytest
from convparity.cases.errors import InputError
from convparity.models.preflight import targets


@pytest.fixture
def recording(model, tmp_path):
    """A model with a stem of `same` on an even size; the folder is called `recording`."""
    x = model.conv(model.input(1, 3, 8, 8), 4, 3, stride=2, path="stem")
    return model.finish(model.call("mean", x, 1, 4, path="head", name="GlobalAveragePooling2D", axes=[2, 3]))


def test_the_layers_of_a_recording_are_a_catalog_that_runs(recording, convparity, tmp_path):
    done = convparity("layers", "recording", "-o", "net.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "net.toml: 1 layer, 1 distinct, 1 left out",
        "left out: head (GlobalAveragePooling2D): it averages its whole input, so it has no windows",
    ]
    run = convparity("run", "net.toml", "--predict", "--json", "v.json")
    assert run.returncode == 1
    rows = json.loads((tmp_path / "v.json").read_text())["verdicts"]
    assert {row["case"] for row in rows} == {"stem"}


def test_preflight_exits_by_what_it_finds(recording, convparity, tmp_path):
    done = convparity("preflight", "recording", "--to", "pytorch", "--json", "p.json", "--html", "p.html")
    assert (done.returncode, done.stderr) == (1, "")
    assert "1 of 1 layer, written as people write them, silently reads other pixels" in done.stdout
    assert "No layer reads other pixels where the height and width are 1 more than a multiple of 2, such as 9." in (
        done.stdout
    )
    assert json.loads((tmp_path / "p.json").read_text())["targets"][0]["silent"] == 1
    assert "silently reads other pixels" in (tmp_path / "p.html").read_text()
    assert convparity("preflight", "recording", "--to", "torch", "--exit-zero").returncode == 0
    assert convparity("preflight", "recording", "--to", "flax").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["preflight", "recording", "--to", "toch"], "--to: 'toch' is not an adapter; expected torch, "),
        (["preflight", "recording", "--to", ","], "--to: names no adapter"),
        (["preflight", "recording", "--input", "1x3x8x8"], "--input: recording is a recording, which has its input"),
        (["preflight", "recording", "--json", "recording"], "recording: cannot be written: it is a folder"),
        (["layers", "recording", "-o", "recording/recording.json"], "cannot be written over recording/recording.json"),
        (["layers", "missing", "-o", "net.toml"], "'missing' names no model"),
        (["layers", "torch:nets:make", "-o", "net.toml"], "--input is missing"),
    ],
)
def test_bad_input_is_one_clear_line(recording, convparity, arguments, message):
    done = convparity(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_a_document_for_standard_output_is_printed_alone(recording, convparity, tmp_path):
    done = convparity("preflight", "recording", "--json", "-")
    assert json.loads(done.stdout)["layers"] == 1
    assert "1 layer, 1 distinct" in done.stderr
    done = convparity("layers", "recording", "-o", "-")
    (tmp_path / "net.toml").write_text(done.stdout)
    assert convparity("run", "net.toml", "--predict", "--exit-zero").returncode == 0


def _change_setting(folder):
    file = folder / "recording.json"
    whole = json.loads(file.read_text())
    whole["calls"][0]["settings"]["stride"] = [2, "\x1b[31m"]
    file.write_text(json.dumps(whole))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_change_setting, "call 0 (conv) has stride = "),
        (lambda folder: (folder / "arrays" / "0.npy").write_bytes(b"PK"), "0.npy: not an array of a recording"),
        (lambda folder: np.save(folder / "arrays" / "1.npy", np.array([{}]), allow_pickle=True), "1.npy: not an array"),
    ],
)
def test_a_damaged_recording_is_one_clear_line(recording, convparity, damage, message):
    damage(recording.folder)
    done = convparity("preflight", "recording")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert message in done.stderr
    assert "\x1b" not in done.stderr


def test_a_model_without_layers_is_bad_input(model, convparity):
    model.finish(model.same("activation", model.input(1, 3, 8, 8), form="relu", parameters={}))
    done = convparity("layers", "recording", "-o", "net.toml")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no convolution and no pool among its calls" in done.stderr


def test_the_targets_are_one_for_each_other_framework():
    assert targets(None, "keras-jax") == ["torch", "flax", "mxnet", "onnxruntime"]
    assert targets(None, "torch") == ["tensorflow", "flax", "mxnet", "onnxruntime"]
    assert targets("keras, torch,keras", "torch") == ["tensorflow", "torch"]
    with pytest.raises(InputError, match="did you mean 'mxnet'"):
        targets("mxnt", "torch")


def test_preflight_in_python_says_what_the_command_says(recording, convparity, tmp_path):
    command = convparity("preflight", "recording", "--to", "torch,flax", "--json", "p.json")
    found = in_python.preflight(recording, to=["pytorch", "flax"])
    assert "\n".join(found.lines()) == command.stdout.rstrip()
    written = json.loads((tmp_path / "p.json").read_text())
    assert found.to_json() == written
    assert {target["adapter"]: target["silent"] for target in written["targets"]} == {"torch": 1, "flax": 0}
    by_name = in_python.preflight(str(recording.folder), to="torch")
    assert [target.environment.adapter for target in by_name.targets] == ["torch"]
    with pytest.raises(in_python.InputError, match="'toch' is not an adapter"):
        in_python.preflight(recording, to="toch")
    with pytest.raises(in_python.InputError, match="is a recording, which has its input"):
        in_python.preflight(recording, to="torch", input=(1, 3, 8, 8))
