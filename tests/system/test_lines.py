"""Lines as people wrote them, run in an environment of their framework: `explain` of one, and `compare` of two."""

import json

import convparity as package
import pytest

VAE = "nn.Conv2d(3, 4, 3, stride=2)(F.pad(x, (0, 1, 0, 1)))"
PADDED_1 = "nn.Conv2d(3, 4, 3, stride=2, padding=1)"
ONNX = "helper.make_node('Conv', ['x', 'w'], ['y'], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])"
TORCH, RUNTIME = ("--env", "torch=.tox/torch"), ("--env", "onnxruntime=.tox/onnxruntime")


@pytest.fixture(scope="module")
def compared(convparity, tmp_path_factory):
    """The process and the JSON of a comparison."""

    def compared(first, second, *arguments, input="3x16x16"):
        path = tmp_path_factory.mktemp("compared") / "compared.json"
        done = convparity("compare", first, second, "--input", input, *arguments, "--json", path)
        return done, json.loads(path.read_text()) if path.exists() else None

    return compared


def test_explain_runs_the_expression_itself_beside_each_frameworks_own_line(convparity):
    """With (0,1), 16 holds (16 + 1 - 3) // 2 + 1 = 8 windows. Torch's own line pads both sides, and is shifted."""
    done = convparity("explain", VAE, "--input", "3x16x16", *TORCH, *RUNTIME)
    itself, _, others = done.out.partition("The same layer in each framework's own words:")
    assert "[lambda x: F.pad(x, (0, 1, 0, 1)), nn.Conv2d(3, 4, 3, stride=2)]" in itself
    assert "(8,8), as predicted" in itself
    assert "nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)" in others
    assert "silent shift" in others
    assert "onnxruntime" in others
    assert "is not run" not in done.out
    assert done.returncode == 1


def test_explain_says_what_an_expression_raises(convparity):
    done = convparity("explain", "nn.Conv2d(3, 4, 3, stride=2, padding='same')", "--input", "3x16x16", *TORCH)
    assert "raises ValueError: padding='same' is not supported for strided convolutions, as predicted" in done.out


def test_explain_says_why_an_expression_is_not_run(convparity):
    done = convparity("explain", "layers.Conv2D(4, 3)", "--input", "3x16x16", *RUNTIME)
    assert "The expression itself was not run: no environment has Keras." in done.out
    assert done.returncode == 0


def test_a_deviation_of_an_expression_from_the_prediction_is_reported(convparity):
    """ONNX Runtime forgets the dilation of a pool's auto_pad: 4 outputs, where ceil(6 / 1) are due."""
    node = "helper.make_node('MaxPool', ['x'], ['y'], kernel_shape=[3], dilations=[2], auto_pad='SAME_UPPER')"
    done = convparity("explain", node, "--input", "1x6", *RUNTIME)
    assert "(4); unforeseen: agrees (6), predicted by the model of onnxruntime" in done.out


def test_two_lines_are_measured_each_in_its_own_environment(compared):
    done, found = compared(ONNX, PADDED_1, *TORCH, *RUNTIME)  # without their shape, a node's weights have 1 output
    assert done.returncode == 1
    assert (found["basis"], found["verdict"], found["same"]) == ("measured", "shape", False)
    done, found = compared(VAE, PADDED_1, *TORCH)
    assert (done.returncode, found["verdict"]) == (1, "shifted")
    assert [found[name]["basis"] for name in ("first", "second")] == ["measured"] * 2
    assert [found[name]["environment"] for name in ("first", "second")] == ["torch"] * 2
    assert found["pads"]["width"] == {"first": [0, 1], "second": [1, 1]}
    assert "(measured in torch" in done.out


def test_two_lines_that_do_the_same_exit_with_0(compared):
    """Half of a kernel of 3 on both sides is 'same' at stride 1."""
    node = ONNX.replace("strides=[2, 2], pads=[0, 0, 1, 1]", "auto_pad='SAME_UPPER'")
    done, found = compared(node, "nn.Conv2d(3, 1, 3, padding=1)", *TORCH, *RUNTIME)
    assert (done.returncode, found["verdict"], found["basis"]) == (0, "agrees", "measured")


def test_a_line_without_an_environment_counts_as_predicted(compared):
    done, found = compared("layers.Conv2D(4, 3, strides=2, padding='same')", PADDED_1, *TORCH)
    assert (done.returncode, found["verdict"], found["basis"]) == (1, "shifted", "predicted")
    assert [found[name]["basis"] for name in ("first", "second")] == ["predicted", "measured"]
    assert "the first predicted, as no environment has Keras, the second measured in torch" in done.out


def test_a_difference_that_was_not_foreseen_is_reported_and_counts(compared):
    """Torch's padding of 2 is 'same' with the dilation, which the runtime forgets: 4 outputs where 6 are due."""
    node = "helper.make_node('MaxPool', ['x'], ['y'], kernel_shape=[3], dilations=[2], auto_pad='SAME_UPPER')"
    done, found = compared("nn.MaxPool1d(5, 1, 2)", node, *TORCH, *RUNTIME, input="1x6")
    assert (found["first"]["unforeseen"], found["second"]["shape"]) == (None, [4])
    assert found["second"]["unforeseen"].startswith("shifted (6), predicted by the model of onnxruntime")
    assert "Unforeseen, of the second: " in done.out


def test_an_environment_that_cannot_run_is_a_fault(compared):
    done, found = compared(VAE, PADDED_1, "--env", "torch=.tox/onnxruntime")
    assert (done.returncode, found) == (3, None)
    assert "torch" in done.err


def test_python_has_the_same_answers(convparity_root, monkeypatch):
    monkeypatch.chdir(convparity_root)
    environments = {"torch": ".tox/torch"}
    found = package.compare(VAE, PADDED_1, (3, 16, 16), environments=environments)
    assert (found.basis, found.verdict) == ("measured", "shifted")
    explained = package.explain(PADDED_1, (3, 16, 16), environments=environments)
    assert "(8,8), as predicted" in str(explained)


def test_requested_output_sizes_are_measured_as_predicted(compared):
    """One of 33 is cropped: ONNX crops it before, as PyTorch does in effect, and with SAME_UPPER after."""
    attributes = "kernel_shape=[3, 3], strides=[2, 2], output_shape=[32, 32]"
    node = f"helper.make_node('ConvTranspose', ['x', 'w'], ['y'], {attributes})"
    call = "nn.ConvTranspose2d(3, 1, 3, stride=2, padding=1)(x, output_size=[32, 32])"
    done, found = compared(node, call, *TORCH, *RUNTIME)
    assert (done.returncode, found["verdict"], found["basis"]) == (0, "agrees", "measured")
    done, found = compared(f"{node[:-1]}, auto_pad='SAME_UPPER')", call, *TORCH, *RUNTIME)
    assert (done.returncode, found["verdict"], found["basis"]) == (1, "shifted", "measured")
    assert found["pads"]["width"] == {"first": [0, 1], "second": [1, 0]}
    assert [found[name]["unforeseen"] for name in ("first", "second")] == [None, None]
