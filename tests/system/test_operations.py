"""Transposed convolutions, pools and padding modes in every framework: who does what is named."""

import pytest

CATALOG = """\
[[case]]
id = "up"
op = "conv_transpose"
input = [16, 16]
kernel = 3
stride = 2
padding = 1
output_padding = 1
in_channels = 4
out_channels = 5

[[case]]
id = "copied-weights"
op = "conv_transpose"
input = [6, 6]
kernel = 4
stride = 4
in_channels = 8
out_channels = 8

[[case]]
id = "average-same"
op = "avg_pool"
input = [6]
kernel = 3
stride = 2
padding = "same"

[[case]]
id = "average-padded"
op = "avg_pool"
input = [8, 8]
kernel = 3
stride = 2
padding = 1

[[case]]
id = "last-window"
op = "max_pool"
input = [5, 5]
kernel = 2
stride = 3
padding = 1
ceil_mode = true

[[case]]
id = "mirror-too-far"
input = [3]
kernel = 7
padding = 3
padding_mode = "reflect"

[[case]]
id = "half"
input = [8, 8]
kernel = 3
padding = 1
dtype = "float16"
"""
KERAS = ("tensorflow", "keras-torch", "keras-jax")


@pytest.fixture(scope="module")
def rows(run_catalog, tmp_path_factory):
    path = tmp_path_factory.mktemp("operations") / "operations.toml"
    path.write_text(CATALOG)
    done, rows = run_catalog(path, "--html", path.with_suffix(".html"))
    assert done.returncode == 1, done.err
    return rows


def test_same_crops_the_other_side_of_a_transposed_convolution(rows):
    for name in KERAS:
        row = rows["up", name, "as written"]
        assert row["source"] == "layers.Conv2DTranspose(5, 3, strides=2, padding='same', use_bias=False)"
        assert (row["verdict"], row["shape"]) == ("shifted", [32, 32])
        assert [(axis["before"], axis["after"]) for axis in row["sampling"]] == [(0, [1, 1])] * 2
        assert "crops the height and width (0,1) instead of (1,0): its outputs lie 1 px below" in row["reason"]
        assert rows["up", name, "port"]["verdict"] == "agrees"
    for name in ("torch", "mxnet", "onnxruntime"):
        assert rows["up", name, "as written"]["verdict"] == "agrees"
    torch = rows["up", "torch", "as written"]
    assert torch["source"] == "nn.ConvTranspose2d(4, 5, 3, stride=2, padding=1, output_padding=1, bias=False)"


def test_the_flipped_kernel_of_flax_is_named(rows):
    row = rows["copied-weights", "flax", "as written"]
    assert (row["verdict"], row["shape"]) == ("shifted", [24, 24])
    assert all(axis["flipped"] for axis in row["sampling"])
    assert "applies the kernel mirrored" in row["reason"]
    port = rows["copied-weights", "flax", "port"]
    assert (port["verdict"], "transpose_kernel=True" in port["source"]) == ("agrees", True)
    assert {rows["copied-weights", name, "as written"]["verdict"] for name in ("torch", "mxnet", *KERAS)} == {"agrees"}


def test_who_counts_what_at_the_edge_is_named(rows):
    """'same' averages do not count padding, and Keras's torch backend repeats the edge instead."""
    assert rows["average-same", "tensorflow", "as written"]["verdict"] == "agrees"
    assert rows["average-same", "keras-jax", "as written"]["verdict"] == "agrees"
    row = rows["average-same", "keras-torch", "as written"]
    assert row["verdict"] == "values"
    assert "counts column 6 of the input 2 times in window 3: it repeats the edge" in row["reason"]
    onnx = rows["average-padded", "onnxruntime", "as written"]
    assert onnx["verdict"] == "values"
    assert "does not count its padding where padding was to be counted: divides by 6 instead of 9" in onnx["reason"]
    for name in ("torch", "flax", "mxnet"):
        assert rows["average-padded", name, "as written"]["verdict"] == "agrees"


def test_who_keeps_and_who_drops_the_last_window_is_named(rows):
    row = rows["last-window", "mxnet", "as written"]
    assert (row["verdict"], row["expected_shape"], row["shape"]) == ("shape", [2, 2], [3, 3])
    assert "keeps a last window that starts in the padding" in row["reason"]
    assert rows["last-window", "torch", "as written"]["verdict"] == "agrees"
    onnx = rows["last-window", "onnxruntime", "as written"]
    assert (onnx["verdict"], onnx["misdeclares"]) == ("agrees", True)  # its inference keeps it, and it drops it


def test_who_rejects_and_who_bounces_is_named(rows):
    assert rows["mirror-too-far", "torch", "as written"]["verdict"] == "agrees"  # raises, as there is no answer
    row = rows["mirror-too-far", "flax", "as written"]
    assert row["verdict"] == "accepts"
    assert "its padding bounces off both ends, again and again" in row["reason"]


def test_a_type_without_kernels_in_a_framework_is_rejected_and_has_a_port(rows):
    assert rows["half", "mxnet", "as written"]["verdict"] == "rejects"
    assert rows["half", "mxnet", "port"]["verdict"] == "agrees"
    assert rows["half", "torch", "as written"]["verdict"] == "agrees"


def test_every_divergence_that_has_an_answer_has_a_port_that_agrees(rows):
    for (case, name, spelling), row in rows.items():
        if spelling == "as written" and row["verdict"] != "agrees" and row["expected_shape"]:
            assert rows[case, name, "port"]["verdict"] == "agrees", row
