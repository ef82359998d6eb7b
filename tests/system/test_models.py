"""Models on real frameworks: recorded, compared, explained and mended."""

import json
from pathlib import Path

import pytest

from .nets.faults import FAULTS

NETS = Path(__file__).parent / "nets"


@pytest.fixture
def compare(convparity, tmp_path):
    """Compare two models of the folder ``nets``; return the finished process and what ``--json`` wrote."""

    def run(original, port, *options):
        file = tmp_path / "compared.json"
        done = convparity("compare", original, port, *options, "--json", file, cwd=NETS)
        assert done.returncode in (0, 1), done.err
        return done, json.loads(file.read_text())

    return run


@pytest.fixture(scope="module")
def original(convparity, tmp_path_factory):
    """The network without faults, recorded once."""
    folder = tmp_path_factory.mktemp("recordings") / "original"
    command = ("record", "tensorflow:faults:original", "--input", "1x3x32x32", "-o", folder)
    done = convparity(*command, cwd=NETS)
    assert done.returncode == 0, done.err
    return folder


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
    assert {(row["kind"], row["original"]) for row in found["differ"]} == expected, done.stdout
    assert len(found["differ"]) == len(expected)
    assert all(row["write"] for row in found["differ"])
    assert found["after"]["differ"] == 0
    assert found["after"]["largest"] < 1e-4
    assert done.returncode == (1 if faults else 0)


def test_a_momentum_shows_only_in_training(compare, original):
    done, found = compare(original, "torch:faults:port(momentum=0.01)")
    assert done.returncode == 0
    (row,) = found["later"]
    assert row["cause"] == "momentum is 0.99 where the original has 0.9"


def test_a_port_in_half_precision_differs_by_no_more_than_that(compare, original):
    _, found = compare(original, "torch:faults:port(dtype='float16')")
    assert found["differ"] == []
