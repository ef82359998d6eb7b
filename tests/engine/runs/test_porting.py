"""Ports and scripts, without frameworks: what is said of them, and how a script runs in another interpreter."""

import signal
import sys
import time

import numpy as np
import pytest
from convparity.adapters.expression import read
from convparity.cases.errors import HarnessFault, InputError
from convparity.environments.find import EnvironmentSpec
from convparity.report.findings.to_write import kernel_of
from convparity.runs import scripted
from convparity.runs.pasting import to_paste
from convparity.runs.port_check import Check, allowed, as_case_has_it, compared, random_arrays
from convparity.runs.porting import Port, port, prepared
from convparity.runs.scripted import Ran, RunningScript, ScriptError

CONV = "nn.Conv2d(4, 6, 3, stride=2, padding=1)"
HERE = EnvironmentSpec("here", "onnxruntime", sys.executable, "a test")


def made(line, to, input=(4, 9, 8)):
    return prepared(line, read(line, input), to)


def test_without_environments_a_port_is_predicted():
    found = port(CONV, read(CONV, (4, 9, 8)), "flax", [])
    assert found.stamp == "predicted, not run: no environment has Flax on JAX"
    assert str(found).startswith(
        f"# The port to Flax on JAX of a layer of PyTorch, on an input of 4x9x8:\n#     {CONV}\n"
    )
    assert "# Predicted, not run: no environment has Flax on JAX.\n" in str(found)


def test_a_port_is_a_script_of_numpy_and_one_framework():
    compile(made(CONV, "flax").script, "port", "exec")
    imports = [line for line in made(CONV, "torch").script.splitlines() if line.startswith(("import", "from"))]
    assert imports == ["import numpy", "import torch", "from torch import nn"]


@pytest.mark.parametrize(
    ("line", "input", "words"),
    [
        ("nn.Conv2d(4, 6, 3, stride=2, padding='same')", (4, 9, 8), "nothing to port: PyTorch raises"),
        ("nn.Conv2d(4, 6, 11)", (4, 9, 8), "nothing to port"),
        ("layers.SeparableConv2D(6, 3)", (4, 9, 8), "it is a depthwise and a pointwise convolution, and one layer is"),
    ],
)
def test_a_line_without_an_output_has_no_port(line, input, words):
    with pytest.raises(InputError, match=words):
        made(line, "flax", input)


@pytest.mark.parametrize(
    ("line", "input", "why"),
    [
        ("nn.Conv2d(4, 6, 3, dtype=torch.float64)", (4, 9, 8), "only float32 layers are run"),
        ("nn.Conv2d(4, 6, 3)", (4, 9000, 9000), "too large to be run"),
    ],
)
def test_a_port_that_is_not_run_says_why(line, input, why):
    assert why in made(line, "flax", input).why_not


def test_an_activation_that_the_target_lacks_is_left_out_and_named():
    found = made("nn.Sequential(nn.Conv2d(4, 6, 3), nn.ReLU(), nn.Hardswish())", "mxnet")
    assert found.write.source == "nn.Conv2D(6, 3, activation='relu')"
    assert "hard_swish is left out, with everything after it: MXNet Gluon has no such activation." in found.asked.asides


def loops(x, w, b):
    """The magnitudes that are summed into each output of a 3x3 convolution with stride 2 and padding 1."""
    padded = np.pad(np.abs(x), ((0, 0), (0, 0), (1, 1), (1, 1)))
    y = np.zeros((1, 6, 5, 4))
    for o, i, j in np.ndindex(6, 5, 4):
        y[0, o, i, j] = (padded[0, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] * np.abs(w[o])).sum() + abs(b[o])
    return y


def test_rounding_explains_small_differences_only():
    asked = read(CONV, (4, 9, 8))
    arrays = random_arrays(asked, ("kernel", "bias"))
    limits = (9 * 4 + 2) * 2.0**-23 * loops(arrays["x"], arrays["kernel"], arrays["bias"])
    y = np.zeros(limits.shape)
    assert np.allclose(allowed(asked, arrays, y), limits, rtol=1e-6)
    for factor, agrees in ((0.99, True), (1.01, False)):
        check = compared(asked, arrays, Ran(y, {"a": "1"}), Ran(y + factor * limits, {"b": "2", "c": "3"}))
        assert check.agrees == agrees
        assert str(check).startswith("ran in a 1 and in b 2 (c 3), on the same random weights and input: the largest")


@pytest.mark.parametrize("other", [np.zeros((1, 6, 5, 5)), np.full((1, 6, 5, 4), np.nan)], ids=["shape", "nan"])
def test_another_shape_or_nan_never_agrees(other):
    asked = read(CONV, (4, 9, 8))
    arrays = random_arrays(asked, ("kernel", "bias"))
    check = compared(asked, arrays, Ran(np.zeros((1, 6, 5, 4)), {}), Ran(other, {}))
    assert not check.agrees
    assert "different shapes, or one is not finite" in str(check)


def test_weights_are_brought_into_the_order_of_the_case():
    asked = read("layers.DepthwiseConv2D((3, 2), depth_multiplier=2)", (4, 9, 8))
    kernel = random_arrays(asked, ("kernel",))["kernel"]
    found = as_case_has_it(kernel, kernel_of(asked))
    assert all(found[2 * c + j, 0, h, w] == kernel[h, w, c, j] for c, j, h, w in np.ndindex(4, 2, 3, 2))


def test_a_port_that_differs_is_not_shown(monkeypatch):
    """Whatever made them differ: a bug of a release, or of ours."""
    differs = Check("torch 2", "flax 1", 1.0, 0.1)

    def run(pairs, specs):
        yield from (Port(one.line, one.asked, one.write, one.script, differs) for one, _ in pairs)

    monkeypatch.setattr("convparity.runs.pasting.checked", run)
    spec = EnvironmentSpec("mine", "flax", sys.executable, "a test")
    (told,) = to_paste(CONV, read(CONV, (4, 9, 8)), [spec], True)["mine"]
    assert told.startswith("  to paste: not shown, as it differs from the original: ran in torch 2 and in flax 1")
    assert "def carry" not in told


def test_a_line_to_paste_is_only_needed_for_what_was_not_run():
    spec = EnvironmentSpec("mine", "flax", sys.executable, "a test")
    assert to_paste("", read("nn.Conv2d(4, 6, 3, bias=False)", (4, 9, 8)), [spec], False) == {}
    found = to_paste("", read("nn.Conv2d(4, 6, 3)", (4, 9, 8)), [spec], False)
    assert found == {"mine": ["  to paste, predicted, not run: nn.Conv(6, (3, 3), padding=0)"]}


def running(text, tmp_path, arrays=None, argument=""):
    return RunningScript(HERE, text, arrays or {}, tmp_path / "script", argument)


def finished(text, tmp_path, *given):
    process = running(text, tmp_path, *given)
    try:
        return process.result()
    finally:
        process.kill()


def test_a_script_runs_on_arrays(tmp_path):
    arrays = {"x": np.arange(3.0), "kernel": np.arange(2.0)}
    found = finished("def apply(x, kernel):\n    return 2 * x + kernel.sum()", tmp_path, arrays)
    assert found.y.tolist() == [1, 3, 5]


def test_a_script_with_its_own_numbers_gets_the_name_of_its_side(tmp_path):
    assert finished("import sys\ny = [sys.argv[1] == 'one']\nprint('noise')", tmp_path, None, "one").y.tolist() == [
        True
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def apply(x):\n    raise ValueError('no such\\nlayer')\ny = apply(1)", "ValueError: no such layer"),
        ("import os\nos._exit(7)", "it ended with status 7"),
        ("import nothing_at_all", "ModuleNotFoundError: No module named 'nothing_at_all'"),
    ],
)
def test_the_error_of_a_script_is_raised(text, words, tmp_path):
    with pytest.raises(ScriptError, match=words):
        finished(text, tmp_path)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows")
def test_a_script_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(scripted, "TIMEOUT", 0.5)
    process = running("import time\ntime.sleep(60)", tmp_path)
    with pytest.raises(ScriptError, match="took more than"):
        process.result()
    start = time.monotonic()
    process.kill()
    assert process.process.returncode == -signal.SIGKILL
    assert time.monotonic() - start < 5


def test_an_interpreter_that_does_not_exist_is_a_fault(tmp_path):
    spec = EnvironmentSpec("gone", "torch", "/nowhere/bin/python", "a test")
    with pytest.raises(HarnessFault, match="environment 'gone' cannot be started: No such file"):
        RunningScript(spec, "", {}, tmp_path / "script")


def test_an_environment_with_a_problem_is_a_fault(tmp_path):
    spec = EnvironmentSpec("broken", "torch", "", "a test", problem="it could not be made")
    with pytest.raises(HarnessFault, match="environment 'broken': it could not be made"):
        RunningScript(spec, "", {}, tmp_path / "script")
