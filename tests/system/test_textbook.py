"""The main job: what the textbook's layers do in every framework."""

import json
from importlib import resources

import jsonschema
import pytest

KERAS = ("tensorflow", "keras-torch", "keras-jax")
OTHERS = ("torch", "flax", "mxnet", "onnxruntime")


def pads(row):
    """(before, after as far as a window reaches) of every axis."""
    return [(axis["before"], axis["after"][0]) for axis in row["sampling"]]


def find(rows, **fields):
    return [row for row in rows.values() if all(row[name] == value for name, value in fields.items())]


def test_every_case_has_one_row_as_written_for_every_environment(textbook):
    done, rows = textbook
    cases = {case for case, _, _ in rows}
    assert len(find(rows, spelling="as written")) == len(cases) * 7
    assert done.returncode == 1


def test_the_last_layer_has_another_shape_in_keras(textbook):
    rows = textbook[1]
    for name in KERAS:
        row = rows["layer-4-strided-rectangular", name, "as written"]
        assert (row["verdict"], row["expected_shape"], row["shape"]) == ("shape", [2, 2], [2, 1])
        assert "floor((8-5+0+4)/4) = 1 column instead of floor((8-5+2+4)/4) = 2" in row["reason"]
        assert "columns 6 to 8 of the input are never read" in row["reason"]
    for name in OTHERS:
        assert rows[row["case"], name, "as written"]["verdict"] == "agrees"


def test_half_the_size_is_shifted_in_keras_alone(textbook):
    rows = textbook[1]
    for name in KERAS:
        row = rows["layer-3-stride", name, "as written"]
        assert (row["verdict"], row["shape"]) == ("shifted", [4, 4])
        assert pads(row) == [(0, 1), (0, 1)]  # (1,1) was asked
        assert "its windows lie 1 px below and 1 px right of the requested ones" in row["reason"]
    for name in OTHERS:
        assert rows[row["case"], name, "as written"]["verdict"] == "agrees"


@pytest.mark.parametrize(("size", "verdict"), [(224, "shifted"), (512, "shifted"), (513, "agrees")])
def test_the_stem_depends_on_the_size(textbook, size, verdict):
    assert textbook[1][f"stem-{size}", "tensorflow", "as written"]["verdict"] == verdict


def test_every_divergence_has_a_port_that_ran_and_agrees(textbook):
    rows = textbook[1]
    diverging = [r for r in find(rows, spelling="as written") if r["verdict"] != "agrees"]
    assert {r["environment"] for r in diverging} >= {"tensorflow", "torch", "mxnet"}
    for row in diverging:
        assert rows[row["case"], row["environment"], "port"]["verdict"] == "agrees"


def test_the_terminal_puts_the_silent_shift_first(textbook):
    out = textbook[0].out
    assert out.index("SILENT") < out.index("SHAPE") < out.index("INEXPRESSIBLE")
    assert "differs at every even height and width; at odd ones the two agree" in " ".join(out.split())


def test_the_verdicts_follow_their_schema(textbook):
    schema = json.loads(resources.files("convparity.report").joinpath("schemas/verdicts.json").read_text())
    jsonschema.validate({"format": 1, "verdicts": list(textbook[1].values())}, schema)


def test_observing_one_by_one_and_merging_gives_the_same_verdicts(textbook, convparity, tmp_path):
    files = []
    for name in (*KERAS, *OTHERS):
        files.append(tmp_path / f"{name}.jsonl")
        done = convparity("observe", f"{name}=.tox/{name}", "textbook", "-o", files[-1])
        assert done.returncode == 0, done.err
    done = convparity("report", *files, "--json", tmp_path / "merged.json", "--html", tmp_path / "merged.html")
    assert done.returncode == 1
    merged = json.loads((tmp_path / "merged.json").read_text())["verdicts"]
    assert {(r["case"], r["environment"], r["spelling"]): r for r in merged} == textbook[1]
    schema = json.loads(resources.files("convparity.report").joinpath("schemas/results.json").read_text())
    for line in files[1].read_text().splitlines():
        jsonschema.validate(json.loads(line), schema)


def test_explain_names_what_each_framework_does_and_the_port(convparity):
    done = convparity("explain", "layers.Conv2D(64, 7, strides=2, padding='same')", "--input", "3x512x512", "--run")
    assert done.returncode == 1
    assert "floor((512-7+5+2)/2) = 256" in done.out
    assert "nn.Sequential(nn.ZeroPad2d((2, 3, 2, 3)), nn.Conv2d(3, 64, 7, stride=2, bias=False))" in done.out
    assert "tensorflow" in done.out
