"""Models on real frameworks: recorded, compared, explained and mended."""

import base64
import json
import subprocess
from importlib import resources
from pathlib import Path

import convparity
import pytest
from convparity.environments.find import from_project, variables_of
from convparity.environments.interpreters import inherited
from jsonschema import Draft202012Validator

from .nets.faults import FAULTS

NETS = Path(__file__).parent / "nets"
SCHEMA = json.loads(resources.files("convparity.report").joinpath("schemas/comparison.json").read_text("utf-8"))


@pytest.fixture
def compare(convparity, tmp_path):
    """Compare two models of the folder ``nets``; return the process and its JSON, which fits the schema."""

    def run(original, port, *options):
        file = tmp_path / "compared.json"
        done = convparity("compare", original, port, *options, "--json", file, cwd=NETS)
        assert done.returncode in (0, 1), done.err
        found = json.loads(file.read_text())
        Draft202012Validator(SCHEMA).validate(found)
        return done, found

    return run


@pytest.fixture(scope="module")
def original(convparity, tmp_path_factory):
    """The network without faults, recorded once."""
    folder = tmp_path_factory.mktemp("recordings") / "original"
    command = ("record", "tensorflow:faults:original", "--input", "1x3x32x32", "-o", folder)
    done = convparity(*command, cwd=NETS)
    assert done.returncode == 0, done.err
    return folder


@pytest.fixture(scope="module")
def recorded(convparity, tmp_path_factory):
    """Return the recording of a small model by its name, made once."""
    made = {}

    def record(name):
        if name not in made:
            made[name] = tmp_path_factory.mktemp("recordings") / "recording"
            done = convparity("record", name, "--input", "1x3x16x16", "-o", made[name], cwd=NETS)
            assert done.returncode == 0, done.err
        return made[name]

    return record


def _kinds(found):
    return {kind: sum(row["kind"] == kind for row in found["differ"]) for kind in {r["kind"] for r in found["differ"]}}


def test_mobilenet_in_torchvisions_form_differs_in_57_layers_for_two_reasons(compare):
    """Five convolutions of stride 2 pad both sides alike, and 52 batch norms have PyTorch's epsilon."""
    size = "1x3x224x224"
    original = "keras-torch:mobilenet:keras_original"
    done, found = compare(original, "torch:mobilenet:torch_port", "--input", size)
    assert done.returncode == 1
    assert _kinds(found) == {"pads": 5, "epsilon": 52}
    assert not found["unpaired"]
    assert {row["cause"] for row in found["differ"]} == {
        "pads (1,1) where the original pads (0,1)",
        "has epsilon 1e-05 where the original has 0.001",
    }
    first = found["differ"][0]
    assert (first["port"], first["original"]) == ("features.0.0", "Conv1")
    line = "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 32, 3, stride=2, bias=False))"
    assert first["write"] == line
    assert found["after"]["differ"] == 0
    assert found["after"]["largest"] < 1e-4
    done, found = compare(original, "torch:mobilenet:torch_port(pads=True, epsilon=1e-3)", "--input", size)
    assert (done.returncode, found["differ"]) == (0, [])
    assert {row["setting"] for row in found["later"]} == {"momentum"}


@pytest.mark.parametrize(
    "faults",
    [
        ("pads", "mirrored", "epsilon", "gelu", "swapped", "value", "corners", "flatten"),
        ("same", "divisor", "channels"),
        ("transposed", "ceil", "scaled"),
        (),
    ],
    ids="-".join,
)
def test_each_planted_fault_is_found_at_its_layer_and_nothing_else_is_named(compare, original, faults):
    done, found = compare(original, f"torch:faults:port{faults!r}")
    expected = {FAULTS[fault] for fault in faults} | ({("weights", "p2")} if "swapped" in faults else set())
    assert {(row["kind"], row["original"]) for row in found["differ"]} == expected, done.out
    assert len(found["differ"]) == len(expected)
    assert all(row["write"] for row in found["differ"])
    if "swapped" in faults:
        swapped = "p1 and p2 are swapped: each has the weights of the other"
        assert [row["cause"] for row in found["differ"] if row["kind"] == "weights"] == [swapped] * 2
    assert found["after"]["differ"] == 0
    assert found["after"]["largest"] < 1e-4
    assert done.returncode == (1 if faults else 0)


@pytest.mark.parametrize(
    ("port", "faults", "lines"),
    [
        ("mxnet:small:of_gluon", "epsilon=1e-5", ["nn.BatchNorm(epsilon=0.001)"]),
        (
            "flax:small:of_flax",
            "epsilon=1e-5, padding=((0, 1), (0, 1))",
            [
                "nn.Conv(8, (3, 3), strides=2, padding=1, use_bias=False)",
                "nn.BatchNorm(use_running_average=True, epsilon=0.001)",
            ],
        ),
        (
            "onnxruntime:small:of_onnx",
            "epsilon=1e-5, pads=(0, 0, 1, 1)",
            [
                "helper.make_node('Conv', ['x', 'w'], ['y'], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])",
                "helper.make_node('BatchNormalization', ['x', 'scale', 'bias', 'mean', 'var'], ['y'], epsilon=0.001)",
            ],
        ),
    ],
)
def test_a_port_in_another_framework_is_compared_and_mended_too(compare, port, faults, lines):
    original, size = "torch:small:of_torch", ("--input", "1x3x16x16")
    done, found = compare(original, port, *size)
    assert (done.returncode, found["differ"], found["unpaired"]) == (0, [], [])
    _, found = compare(original, f"{port}({faults})", *size)
    assert [row["kind"] for row in found["differ"]] == ["pads", "epsilon"][-len(lines) :]
    assert found["differ"][-1]["cause"] == "has epsilon 1e-05 where the original has 0.001"
    assert [row["write"] for row in found["differ"]] == lines
    assert found["after"]["differ"] == 0
    assert found["after"]["largest"] < 1e-5


PAIRS = [
    ("torch:small:of_torch", "flax:small:of_nnx", ""),
    ("torch:small:of_torch", "onnxruntime:small:of_folded", "pads"),
    ("mxnet:small:of_gluon", "torch:small:of_torch", ""),
    ("keras-jax:small:of_keras", "flax:small:of_flax", ""),
    ("keras-jax:small:of_keras", "onnxruntime:small:of_folded", "pads"),
    ("flax:small:of_flax", "onnxruntime:small:of_folded", "pads"),
    ("flax:small:of_nnx", "torch:small:of_torch", ""),
]
FAULTY = {
    "": ("epsilon=1e-5", ("epsilon", "has epsilon 1e-05 where the original has 0.001")),
    "pads": ("pads=(0, 0, 1, 1)", ("pads", "pads (0,1) where the original pads (1,1)")),
}


@pytest.mark.parametrize(("original", "port", "fault"), PAIRS)
def test_two_frameworks_are_compared_and_a_fault_in_the_port_is_named(compare, recorded, original, port, fault):
    """The frameworks of a pair are in two interpreters; some could not share one. The batch norm of ONNX is folded."""
    done, found = compare(recorded(original), port)
    assert (done.returncode, found["differ"], found["unpaired"]) == (0, [], []), done.stdout
    argument, expected = FAULTY[fault]
    _, found = compare(recorded(original), f"{port}({argument})")
    assert [(row["kind"], row["cause"]) for row in found["differ"]] == [expected]


def test_batch_norms_that_an_onnx_model_has_folded_are_compared_with_their_convolutions(compare):
    _, found = compare("onnxruntime:mobilenet:onnx_fused", "torch:mobilenet:torch_port", "--input", "1x3x224x224")
    assert _kinds(found) == {"pads": 5, "epsilon": 52}
    assert not found["unpaired"]
    assert found["after"]["differ"] == 0
    assert found["after"]["largest"] < 1e-4


def test_a_gelu_that_onnx_has_in_five_nodes_is_compared_as_one_layer(compare):
    size = ("--input", "1x3x10x10")
    done, found = compare("torch:exported:of_torch", "onnxruntime:exported:of_onnx", *size)
    assert (done.returncode, found["layers"], found["differ"], found["unpaired"]) == (0, 3, [], [])
    _, found = compare("torch:exported:of_torch('tanh')", "onnxruntime:exported:of_onnx", *size)
    (row,) = found["differ"]
    assert (row["kind"], row["port"], row["cause"]) == (
        "activation",
        "gelu",
        "is GELU by the error function where the original is GELU by tanh",
    )
    assert found["after"]["differ"] == 0


def test_numbers_that_a_padding_word_is_on_this_size_alone_are_told(compare, original):
    done, found = compare(original, "torch:faults:port")
    assert (done.returncode, found["differ"], found["harmless"]) == (0, [], [])
    assert {row["port"] for row in found["sizes"]} == {"stem", "largest", "average"}
    assert all("pads 'same': differs at every odd input height" in row["cause"] for row in found["sizes"])
    assert "agrees on this size of input, but not on every size:" in done.out


def test_an_onnx_port_that_reads_a_scaled_image_in_the_other_channel_order_is_mended_by_two_lines(compare):
    port = "onnxruntime:exported:of_onnx(scaled=True, reversed_=True)"
    _, found = compare("torch:exported:of_torch", port, "--input", "1x3x10x10")
    assert sorted((row["kind"], row["port"]) for row in found["differ"]) == [("order", "first"), ("scale", "first")]
    assert all("helper.make_node" in row["write"] for row in found["differ"])
    assert found["after"]["differ"] == 0


@pytest.mark.parametrize(
    ("factory", "why"),
    [
        ("raises", "raised ValueError: no such weights at"),
        ("nothing", "returned None; expected a model of PyTorch"),
        ("eats", "took more than 1 GB; allow more with --memory"),
        ("leaves", "ended the process that it ran in (exit status 3)"),
        ("absent", "has no attribute 'absent'"),
    ],
)
def test_a_factory_that_makes_no_model_is_one_clear_error(convparity, tmp_path, factory, why):
    command = ("record", f"torch:bad:{factory}", "--input", "1x3x8x8", "-o", tmp_path / "rec", "--memory", "1")
    done = convparity(*command, cwd=NETS)
    assert done.returncode == 2
    assert len(done.err.strip().splitlines()) == 1
    assert why in done.err
    assert done.out == ""


def test_a_damaged_file_is_one_clear_error(convparity, tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"not a model")
    done = convparity("record", tmp_path / "net.onnx", "--input", "1x3x8x8", "-o", tmp_path / "rec")
    assert done.returncode == 2
    assert len(done.err.strip().splitlines()) == 1
    assert "net.onnx: ONNX" in done.err


# x + ConstantOfShape(4e9): 16 GB of zeros
HUGE = (
    "CAk6YgoXCgFzEgFjIg9Db25zdGFudE9mU2hhcGUKDgoBeAoBYxIBeSIDQWRkEgFnKhEIARAHQgFzSggAKGvuAAAAAFoPCgF4EgoKCAgBEgQK"
    "AggBYhAKAXkSCwoJCAESBQoDEgFuQgQKABAS"
)


def test_a_small_file_that_takes_all_memory_is_one_clear_error(convparity, tmp_path):
    (tmp_path / "net.onnx").write_bytes(base64.b64decode(HUGE))
    command = ("record", tmp_path / "net.onnx", "--input", "4", "-o", tmp_path / "rec", "--memory", "1")
    done = convparity(*command)
    assert done.returncode == 2
    assert len(done.err.strip().splitlines()) == 1
    assert "net.onnx: ran out of memory" in done.err
    assert "allow more with --memory" in done.err


def test_a_factory_that_prints_and_forks_is_recorded_once(convparity, tmp_path):
    done = convparity("record", "torch:bad:forks", "--input", "1x3x8x8", "-o", tmp_path / "rec", cwd=NETS)
    assert done.returncode == 0, done.err
    assert done.out.startswith(f"{tmp_path / 'rec'}: 1 call (1 conv)")


@pytest.mark.parametrize(("original", "port"), [("float16", "float16"), ("float32", "float16")])
def test_an_honest_port_of_mobilenet_has_no_findings_in_half_precision(compare, original, port):
    """At 64 pixels, where it takes a tenth of the time; docs/models.md has the figures at 224."""
    net = f"keras-torch:mobilenet:keras_original(64, {original!r})"
    done, found = compare(net, f"torch:mobilenet:torch_port(True, 1e-3, {port!r})", "--input", "1x3x64x64")
    assert (done.returncode, found["differ"], found["unpaired"]) == (0, [], []), done.stdout
    assert found["layers"] == 152


def test_another_epsilon_that_an_onnx_model_has_folded_is_named(compare, recorded):
    _, found = compare(recorded("tensorflow:small:of_keras"), "onnxruntime:small:of_folded(epsilon=1e-5)")
    (row,) = found["differ"]
    told = "has a batch norm folded with epsilon 1e-05 where the original has 0.001"
    assert (row["kind"], row["cause"], found["after"]["differ"]) == ("epsilon", told, 0)


CONVERT = """
import sys, small, tensorflow
converter = tensorflow.lite.TFLiteConverter.from_keras_model(small.of_keras())
open(sys.argv[1], "wb").write(converter.convert())
"""


def test_a_file_of_tensorflow_lite_is_the_original_of_a_comparison_and_no_port(compare, convparity, tmp_path):
    """The converter has folded the batch norm, and fused the activation, into the convolution."""
    file = tmp_path / "net.tflite"
    (spec,) = (spec for spec in from_project() if spec.adapter == "tensorflow")
    variables = {**inherited({}), **variables_of(spec), "PYTHONPATH": str(NETS)}
    subprocess.run([spec.python, "-c", CONVERT, file], check=True, env=variables, capture_output=True, timeout=300)
    size = ("--input", "1x3x16x16")
    done, found = compare(file, "torch:small:of_torch", *size)
    assert (done.returncode, found["differ"], found["unpaired"]) == (0, [], []), done.stdout
    _, found = compare(file, "torch:small:of_torch(epsilon=1e-5)", *size)
    (row,) = found["differ"]
    assert (row["kind"], row["write"]) == ("epsilon", "nn.BatchNorm2d(8, eps=0.001)")
    done = convparity("compare", "torch:small:of_torch", file, *size, cwd=NETS)
    assert (done.returncode, len(done.err.strip().splitlines())) == (2, 1)
    assert "net.tflite: can only be the original: TensorFlow Lite runs whole models only" in done.err


def test_models_are_compared_by_name_in_python(monkeypatch):
    monkeypatch.chdir(NETS)
    found = convparity.compare("torch:small:of_torch", "flax:small:of_flax(epsilon=1e-5)", (1, 3, 16, 16))
    (row,) = found.differ
    assert (row.kind, row.cause) == ("epsilon", "has epsilon 1e-05 where the original has 0.001")
    found = convparity.compare("torch:small:of_torch", "flax:small:of_flax(other=True)", (1, 3, 16, 16), carry=True)
    assert (found.same, found.carried.layers) == (True, 3)
    with pytest.raises(convparity.InputError, match="'nonsense' names no model"):
        convparity.compare("torch:small:of_torch", "nonsense", "1x3x16x16:image")


def test_a_port_with_weights_of_its_own_gets_the_originals_with_carry(compare, original):
    faults = "torch:faults:port('pads', 'epsilon', 'flatten', seed=5)"
    _, found = compare(original, faults)
    assert sum(row["kind"] == "weights" for row in found["differ"]) >= 5
    assert found["carried"] is None
    done, found = compare(original, faults, "--carry")
    # The head's kernel is carried into the order in which the port flattens, so that this is no fault any more.
    assert {(row["kind"], row["original"]) for row in found["differ"]} == {("pads", "stem"), ("epsilon", "norm")}
    assert found["unpaired"] == []
    assert found["carried"] == {"layers": 7, "left_out": []}
    assert found["after"]["differ"] == 0
    assert "the original's weights were copied into 7 layers of the port first\n" in done.out
    done, found = compare(original, "torch:faults:port(seed=5)", "--carry")
    assert (done.returncode, found["differ"], found["unpaired"]) == (0, [], [])


@pytest.mark.parametrize(
    "port", ["flax:small:of_flax", "mxnet:small:of_gluon", "tensorflow:small:of_keras", "onnxruntime:small:of_onnx"]
)
def test_weights_are_carried_into_every_framework(compare, port):
    original, size = "torch:small:of_torch", ("--input", "1x3x16x16")
    _, found = compare(original, f"{port}(epsilon=1e-5, other=True)", *size, "--carry")
    (row,) = found["differ"]
    assert (row["kind"], found["carried"], found["unpaired"]) == ("epsilon", {"layers": 3, "left_out": []}, [])


def test_the_page_has_the_headline_and_loads_nothing(compare, original, tmp_path):
    done, _ = compare(original, "torch:faults:port('pads')", "--html", tmp_path / "compared.html")
    written = (tmp_path / "compared.html").read_text()
    assert "<title>1 of 13 layers differs by itself: pads</title>" in written
    assert done.out.startswith("1 of 13 layers differs by itself: pads\n")
    assert "default-src 'none'" in written


MOMENTUM = "there it is the weight of the new statistics"


def test_a_momentum_and_a_dropout_rate_show_only_in_training(compare, original):
    done, found = compare(original, "torch:faults:port(momentum=0.01, rate=0.5)")
    assert (done.returncode, found["differ"], found["harmless"]) == (0, [], [])
    assert [(row["setting"], row["cause"]) for row in found["later"]] == [
        ("momentum", f"momentum is 0.99 where the original has 0.9; {MOMENTUM}: write momentum=0.1"),
        ("rate", "rate is 0.5 where the original has 0.3"),
    ]
    assert "agrees now, will train differently:\n  momentum is 0.99" in done.out


def test_a_port_in_half_precision_differs_by_no_more_than_that(compare, original):
    _, found = compare(original, "torch:faults:port(dtype='float16')")
    assert found["differ"] == []
