"""The preflight of a model: what is said of each environment, and what the formats have of it."""

import json
from importlib import resources

import jsonschema
import pytest
from convparity.models.preflight import preflight
from convparity.report.findings.report import Report
from convparity.report.formats.payload import payload
from convparity.report.preflight.layers import layers_of
from convparity.report.preflight.preflight import Preflight
from convparity.runs.predicted import predicted_run


@pytest.fixture
def encoder(model):
    """Three downsamplings that pad (0,1), as in the encoder of Stable Diffusion's autoencoder, between other layers."""
    x = model.conv(model.input(1, 3, 64, 64), 4, 3, path="conv_in")
    for number in range(3):
        x = model.same("group_norm", x, path=f"norm{number}", epsilon=1e-6, groups=2)
        x = model.conv(model.pad(x, 0, 1, path=f"pad{number}"), 4, 3, 2, (0, 0), path=f"down{number}")
    return layers_of(model.finish(model.conv(x, 8, 3, path="conv_out")))


def test_the_headline_names_the_environment_and_counts_layers(encoder):
    found = preflight(encoder, ["torch", "flax"])
    torch = next(target for target in found.targets if target.environment.label == "torch")
    assert torch.headline == (
        "3 of 5 layers, written as people write them, silently read other pixels; every shape matches."
    )
    assert found.headline == f"tensorflow:nets:made in torch (predicted): {torch.headline}"
    flax = next(target for target in found.targets if target.environment.label == "flax")
    assert flax.headline == "All 5 layers, written as people write them, are the same."


def test_the_rows_are_in_the_models_order_with_drift_and_line(encoder):
    (target,) = preflight(encoder, ["torch"]).targets
    rows = [row.to_json() for row in target.rows]
    assert [(row["path"], row["shift"], row["drift"]) for row in rows] == [
        (f"down{n}", {"height": -1, "width": -1}, [[drift, drift]] * 2) for n, drift in enumerate((-1, -3, -7))
    ]
    for row in rows:
        assert row["source"] == "nn.Conv2d(4, 4, 3, stride=2, padding=1, bias=False)"
        assert row["write"] == "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(4, 4, 3, stride=2, bias=False))"


def test_the_text_says_how_far_and_from_where_to_where(encoder):
    text = "\n".join(preflight(encoder, ["torch"]).lines())
    assert text.startswith("tensorflow:nets:made on 1x3x64x64: 5 layers, 5 distinct\n")
    assert "By down2, the windows have drifted 7 px above and 7 px left." in text
    # Output 4 of 8 reads around place 8 * 3 + 1 + 2 + 4 = 31, which is pixel 32; in the port 7 earlier.
    assert "centred on pixel (32, 32) in the original and (25, 25) in the port." in text
    assert "At every height and width of the input, some layer reads other pixels." in text
    assert "3 group norms (norm0, ...) have epsilon 1e-06; the default of PyTorch is 1e-05: write eps=1e-06" in text


def test_the_page_is_the_reports_own_with_the_headline_and_the_drift(encoder):
    found = preflight(encoder, ["torch"])
    page = payload(found)
    assert page["headline"] == found.headline
    assert any("drifted 7 px above and 7 px left" in note for note in page["notes"])
    assert page["cases"]["id"] == [case.id for case in encoder.cases]
    assert page["findings"][0]["silent"]


def test_the_json_fits_its_published_schema(encoder, model):
    schema = json.loads(resources.files("convparity.report").joinpath("schemas/preflight.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    found = preflight(encoder, ["torch", "tensorflow", "onnxruntime"]).to_json()
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(found)))
    assert [target["environment"] for target in found["targets"]] == ["onnxruntime", "tensorflow", "torch"]


def test_a_layer_of_another_shape_is_named_and_shapes_are_not_reported_to_match(model):
    """The textbook's last layer: kernel (3,5), padding (0,1), stride (3,4) on 8x8 is (2,2), and in Keras (2,1)."""
    windows = {"kernel": [3, 5], "stride": [3, 4], "dilation": [1, 1], "pads": [[0, 0], [1, 1]]}
    y = model.call("conv", model.input(1, 1, 8, 8), 1, 1, 2, 2, path="odd", groups=1, **windows)
    (target,) = preflight(layers_of(model.finish(y)), ["tensorflow"]).targets
    assert target.headline == "Of 1 layer, written as people write them, 1 has another shape."
    assert [row.verdict.verdict for row in target.rows] == ["shape"]


def test_an_average_with_another_divisor_reads_the_right_pixels_and_does_not_drift(model):
    y = model.pool("avg_pool", model.input(1, 1, 9, 9), 3, 2, (1, 1), path="pool")
    (target,) = preflight(layers_of(model.finish(y)), ["tensorflow"]).targets
    assert target.headline == (
        "Of 1 layer, written as people write them, 1 reads the right pixels and computes other numbers; "
        "every shape matches."
    )
    assert [row.drift for row in target.rows] == [((0, 0), (0, 0))]
    assert target.centre.original == target.centre.port


def test_nothing_is_reported_to_match_in_an_environment_that_did_not_run(encoder):
    run = predicted_run(encoder.cases, ["flax"])
    run.results.observations.clear()
    found = Preflight(encoder, Report(run))
    (target,) = found.targets
    assert target.headline == "No difference in 0 of 5 layers; of the others, nothing is known."
    assert "Of 5 layers, nothing is known." in "\n".join(found.lines())
