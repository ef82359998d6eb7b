"""Predictions without any framework."""

import json

import pytest
from convparity import predict
from convparity.adapters.registry import USUAL
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.catalog.validate import make_case
from convparity.report.verdicts.judging import same_sampling


def test_the_textbooks_last_layer_in_every_framework():
    """Kernel (3,5), padding (0,1), stride (3,4) on 8x8 is (2,2); Keras has only 'valid' for it, which gives (2,1)."""
    report = predict("textbook")
    row = {name: report.verdict("layer-4-strided-rectangular", name).to_json() for name in USUAL}
    keras = {"tensorflow", "keras-torch", "keras-jax"}
    assert {name: tuple(found["shape"]) for name, found in row.items()} == {
        name: (2, 1) if name in keras else (2, 2) for name in USUAL
    }
    assert {found["basis"] for found in row.values()} == {"predicted"}
    assert {name for name, found in row.items() if found["verdict"] != "agrees"} == keras
    assert any(note.startswith("predicted: nothing was run") for note in report.notes)


@pytest.mark.parametrize("catalog", ["textbook", "field-reports", "grid", "conformance"])
def test_the_elements_of_a_prediction_confirm_its_verdict(catalog):
    """Two ways to the same end: the verdict by arithmetic, and the maps that the report draws."""
    report = predict(catalog)
    assert {(row.case.id, row.environment.label) for row in report.verdicts} <= {
        (case.id, name) for case in load_catalog(catalog) for name in USUAL
    }
    for row in report.verdicts:
        sampling = row.observation.sampling
        if row.verdict == "shifted":
            assert not same_sampling(row.reference, sampling), row
        elif row.verdict == "values" and sampling:
            assert same_sampling(row.reference, sampling), row
        elif row.verdict == "shape":
            assert row.observation.shape != row.reference.shape
        elif row.verdict == "agrees" and row.observation.shape:
            assert row.observation.shape == row.reference.shape


def test_every_port_is_predicted_to_agree():
    """A port is what reproduces the case, so a port that is predicted to diverge is a mistake in one of the two."""
    ports = [
        row for name in ("textbook", "grid", "networks") for row in predict(name).verdicts if row.spelling == "port"
    ]
    assert len(ports) > 1000
    assert [row for row in ports if row.verdict != "agrees"] == []


def test_a_refusal_is_an_error_of_the_framework_with_the_reason():
    case = make_case(input=[8, 8], kernel=3, stride=2, padding=[[1, 1], [1, 1]], dilation=2)
    row = predict(case, adapters=["tensorflow"]).verdicts[0]
    assert row.verdict == "rejects"
    assert "strides > 1 cannot be combined with dilation_rate > 1" in row.reason


def test_the_command_needs_no_framework(convparity, tmp_path):
    done = convparity("run", "textbook", "--predict", "--json", "p.json", "--html", "p.html")
    assert done.returncode == 1, done.stderr
    rows = json.loads((tmp_path / "p.json").read_text())["verdicts"]
    assert {row["basis"] for row in rows} == {"predicted"}
    assert len([row for row in rows if row["spelling"] == "as written"]) == 25 * 7
    assert "port (predicted, agrees): nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1))" in done.stdout
    assert "torch 2.13.0 (predicted)" in done.stdout or "predicted: nothing was run" in done.stdout
    refused = convparity("run", "textbook", "--predict", "-o", "r.jsonl")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "-o: cannot be combined with --predict" in refused.stderr


def test_hostile_cases_are_predicted_in_bounded_time_and_memory(convparity):
    """They have operations that do not exist and numbers up to 2**64; every format is written all the same."""
    done = convparity("run", "hostile", "--predict", "--exit-zero", "--html", "h.html", "--json", "h.json")
    assert done.returncode == 0, done.stderr
