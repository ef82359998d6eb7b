"""People's lines in PyTorch for a Keras EfficientNet's stem and a U-Net's decoder, with `same` throughout."""

import json
from importlib import resources

import jsonschema
import pytest

STRIDED = "ValueError: padding='same' is not supported for strided convolutions"
POOL = "TypeError: max_pool2d(): argument 'padding' (position 4) must be tuple of ints, not str"
UP = "TypeError: conv_transpose2d(): argument 'padding' (position 5) must be tuple of ints"

# The parameters and the line for each layer, the verdict at even and at odd sizes, and what the word raises there: ""
# where it is torch's own. By hand, with XLA's rule: at an even size, half of 2(n/2-1)+k-n pads in front, rounded down.
LAYERS = {
    "stem": ({"kernel": 3, "stride": 2}, "nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)", "shifted", STRIDED),
    "depthwise-3x3": (
        {"kernel": 3, "stride": 2, "in_channels": 4, "out_channels": 4, "groups": 4},
        "nn.Conv2d(4, 4, 3, stride=2, padding=1, groups=4, bias=False)",
        "shifted",
        STRIDED,
    ),
    "depthwise-5x5": (
        {"kernel": 5, "stride": 2, "in_channels": 4, "out_channels": 4, "groups": 4},
        "nn.Conv2d(4, 4, 5, stride=2, padding=2, groups=4, bias=False)",
        "shifted",
        STRIDED,
    ),
    "stride-1": ({"kernel": 3}, "nn.Conv2d(1, 1, 3, padding='same', bias=False)", "agrees", ""),
    "project": ({"kernel": 1}, "nn.Conv2d(1, 1, 1, padding='same', bias=False)", "agrees", ""),
    "pool": ({"op": "max_pool", "kernel": 3, "stride": 2}, "nn.MaxPool2d(3, stride=2, padding=1)", "shifted", POOL),
    "up-3x3": (
        {"op": "conv_transpose", "kernel": 3, "stride": 2},
        "nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1, output_padding=1, bias=False)",
        "shifted",
        UP,
    ),
    "up-2x2": (
        {"op": "conv_transpose", "kernel": 2, "stride": 2},
        "nn.ConvTranspose2d(1, 1, 2, stride=2, bias=False)",
        "agrees",
        UP,
    ),
    "up-4x4": (
        {"op": "conv_transpose", "kernel": 4, "stride": 2},
        "nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)",
        "agrees",
        UP,
    ),
}
DOWN = [name for name, (layer, *_) in LAYERS.items() if "up" not in name and layer.get("stride") == 2]


def environments(*names):
    return [word for name in names for word in ("--env", f"{name}=.tox/{name}")]


@pytest.fixture(scope="module")
def rows(run_catalog, tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "written.toml"
    cases = ""
    for size in (16, 17):
        for name, (layer, *_) in LAYERS.items():
            fields = {"id": f"{name}-{size}", "input": [size, size], "padding": "same", **layer}
            cases += "[[case]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in fields.items())
    path.write_text(cases)
    _, rows = run_catalog(path, *environments("torch", "tensorflow", "mxnet"))
    return rows


@pytest.mark.parametrize("size", [16, 17])
@pytest.mark.parametrize("name", LAYERS)
def test_torch_runs_the_nearest_line_and_the_word_stays_beside_it(rows, name, size):
    _, line, at_even, error = LAYERS[name]
    row = rows[f"{name}-{size}", "torch", "as written"]
    verdict = "agrees" if name in DOWN and size == 17 else at_even
    assert (row["source"], row["verdict"]) == (line, verdict)
    assert row["shape"] == row["expected_shape"]  # nothing here is loud
    if not error:
        assert row["literal"] is None
    else:
        assert "padding='same'" in row["literal"]["source"]
        assert row["literal"]["error"].startswith(error)


@pytest.mark.parametrize("size", [16, 17])
@pytest.mark.parametrize("name", LAYERS)
def test_every_shifted_layer_has_a_port_that_ran_and_agrees(rows, name, size):
    written = rows[f"{name}-{size}", "torch", "as written"]
    port = rows.get((f"{name}-{size}", "torch", "port"))
    assert (port is not None) is (written["verdict"] != "agrees")
    assert port is None or (port["verdict"], port["literal"]) == ("agrees", None)


def test_every_window_lies_one_pixel_before_the_requested_one(rows):
    for name in DOWN:
        row = rows[f"{name}-16", "torch", "as written"]
        kernel = LAYERS[name][0]["kernel"]
        asked = (14 + kernel - 16) // 2  # of 2(8-1)+k-16 in all, half in front
        assert [axis["before"] for axis in row["sampling"]] == [asked + 1] * 2
        assert "its windows lie 1 px above and 1 px left of the requested ones" in row["reason"]
    up = rows["up-3x3-16", "torch", "as written"]  # crops (1,0) where 3-2 = 1 is cropped at the end
    assert [axis["before"] for axis in up["sampling"]] == [1, 1]


def test_keras_writes_it_in_its_own_words(rows):
    for name in LAYERS:
        for size in (16, 17):
            row = rows[f"{name}-{size}", "tensorflow", "as written"]
            assert (row["verdict"], row["literal"]) == ("agrees", None)


def test_gluon_does_the_same_as_torch_and_has_the_word_nowhere(rows):
    for (case, environment, spelling), row in rows.items():
        if (environment, spelling) == ("mxnet", "as written"):
            assert row["verdict"] == rows[case, "torch", "as written"]["verdict"]
            assert "Invalid Parameter format for pad" in row["literal"]["error"]


def test_the_rows_follow_their_schema(rows):
    schema = json.loads(resources.files("convparity.report").joinpath("schemas/verdicts.json").read_text())
    jsonschema.validate({"format": 1, "verdicts": list(rows.values())}, schema)


DOWNSAMPLE = """\
[[case]]
id = "stable-diffusion"
input = [64, 64]
kernel = 3
stride = 2
padding = [[0, 1], [0, 1]]
"""


def test_a_pad_on_one_side_becomes_one_on_both(run_catalog, tmp_path):
    """The downsampling of Stable Diffusion's encoder: (0,1), then a 3x3 with stride 2."""
    path = tmp_path / "vae.toml"
    path.write_text(DOWNSAMPLE)
    _, rows = run_catalog(path, *environments("torch"))
    row = rows["stable-diffusion", "torch", "as written"]
    assert row["source"] == "nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)"
    assert (row["verdict"], row["shape"]) == ("shifted", [32, 32])
    assert row["literal"] == {"source": None, "error": "the layer takes one number per axis and pads both sides alike"}
    assert rows["stable-diffusion", "torch", "port"]["verdict"] == "agrees"


def test_a_run_that_goes_on_runs_each_word_once(convparity, tmp_path):
    path, results = tmp_path / "vae.toml", tmp_path / "results.jsonl"
    path.write_text(DOWNSAMPLE.replace("[[0, 1], [0, 1]]", '"same"'))
    for more in ([], ["--resume"]):
        assert convparity("run", path, *environments("torch"), "-o", results, *more).returncode == 1
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    assert [line["want"] for line in lines if line["kind"] == "observation"].count("literal") == 1
    schema = json.loads(resources.files("convparity.report").joinpath("schemas/results.json").read_text())
    for line in lines:
        jsonschema.validate(line, schema)
