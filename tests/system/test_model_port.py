"""``port MODEL``: the layers of a model in another framework, in a file that needs only that framework."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from convparity.environments.find import from_project, variables_of
from convparity.environments.interpreters import inherited

NETS = Path(__file__).parent / "nets"
WIRED = {  # the connections, which are left to the reader
    "torch:small:of_torch": """
y = f.layer_3(f.layer_2(f.layer_1(f.layer_0(x))))
y = f.layer_5(f.keras.ops.reshape(y, (1, -1)))
""",
    "tensorflow:faults:original": """
import torch
x = torch.tensor(x)
with torch.no_grad():
    [part.eval() for part in vars(f).values() if isinstance(part, torch.nn.Module)]
    y = f.act(f.norm(f.stem(x)))
    y = f.average(f.largest(y + f.p2(f.re_lu(f.p1(f.mid(y))))))
    y = f.head(f.down(f.up(y)).flatten(1))
""",
    "keras-torch:separable:of_keras": """
import torch
with torch.no_grad():
    y = f.first_pointwise(f.first_depthwise(torch.tensor(x)))
    y = f.head(f.second_pointwise(f.second_depthwise(f.act(y))).flatten(1))
""",
}
RUN = """
import sys, types, numpy
file, recording, given, output = sys.argv[1:]
scope = {}
exec(open(file).read(), scope)
f, x = types.SimpleNamespace(**scope), numpy.load(given)
f.carry(recording)
WIRED
numpy.save(output, numpy.asarray(y))
"""


SMALL = ("torch:small:of_torch", "keras-jax", "16x16")
OTHERS = [("tensorflow:faults:original", "torch", "32x32"), ("keras-torch:separable:of_keras", "torch", "12x10")]


@pytest.fixture(scope="module", params=[SMALL, *OTHERS])
def ported(convparity, tmp_path_factory, request):
    """A model, its recording, the adapter and the file of its port, and the finished command."""
    model, to, size = request.param
    folder = tmp_path_factory.mktemp("port")
    options = ("--input", f"1x3x{size}")
    assert convparity("record", model, *options, "-o", folder / "rec", cwd=NETS).returncode == 0
    return (
        model,
        folder / "rec",
        to,
        folder / "net.py",
        convparity("port", model, *options, "--to", to, "-o", folder / "net.py", cwd=NETS),
    )


def test_each_distinct_layer_has_run_on_both_sides_before_it_is_written(ported):
    _, _, _, file, done = ported
    assert done.returncode == 0, done.err
    assert "on the same random weights and input: the largest difference is 0." in done.out
    assert "is not written" not in file.read_text()


def test_the_connected_layers_with_the_carried_weights_give_the_originals_output(ported, tmp_path):
    """The file runs in an interpreter that has the framework and no convparity."""
    model, recording, to, file, _ = ported
    about = json.loads((recording / "recording.json").read_text())
    x = np.load(recording / "arrays" / f"{about['inputs'][0]}.npy")
    np.save(tmp_path / "x.npy", np.moveaxis(x, 1, -1) if model.startswith("torch") else np.moveaxis(x, -1, 1))
    (spec,) = (spec for spec in from_project() if spec.adapter == to)
    code = RUN.replace("WIRED", WIRED[model])
    command = [spec.python, "-c", code, file, recording, tmp_path / "x.npy", tmp_path / "y.npy"]
    variables = {**inherited({}), **variables_of(spec)}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=variables, timeout=120)
    assert done.returncode == 0, done.stderr
    expected = np.load(recording / "arrays" / f"{about['outputs'][0]}.npy")
    assert np.allclose(np.load(tmp_path / "y.npy"), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("ported", [SMALL], indirect=True)
@pytest.mark.parametrize("to", ["flax", "mxnet", "onnxruntime"])
def test_each_framework_gets_its_own_file(convparity, ported, tmp_path, to):
    _, recording, _, _, _ = ported
    done = convparity("port", recording, "--to", to, "-o", tmp_path / "net.py", cwd=NETS)
    assert done.returncode == 0, done.err
    assert "5 layers; 5 distinct layers ran in torch 2." in done.out
    assert "on the same recorded weights and input: the largest difference is 0." in done.out
    assert "is not written" not in (tmp_path / "net.py").read_text()


@pytest.mark.parametrize("ported", [SMALL], indirect=True)
def test_a_layer_that_differs_is_not_written(convparity, ported, tmp_path):
    """The original's pool gives other numbers here, because its recording was changed."""
    _, recording, to, _, _ = ported
    about = json.loads((recording / "recording.json").read_text())
    (pool,) = (call for call in about["calls"] if call["kind"] == "max_pool")
    changed = tmp_path / "changed"
    subprocess.run(["cp", "-r", recording, changed], check=True)
    array = changed / "arrays" / f"{pool['outputs'][0]}.npy"
    np.save(array, np.load(array)[..., ::-1])
    done = convparity("port", changed, "--to", to, "-o", tmp_path / "net.py", cwd=NETS)
    assert done.returncode == 1, done.err
    assert "1 of them differs and is not written" in done.out
    text = (tmp_path / "net.py").read_text()
    assert "# layer_3 is not written: it differs from the original by " in text
    assert "layer_3 = " not in text


def test_mistakes_are_one_line(convparity, ported):
    _, recording, _, _, _ = ported
    for arguments, words in (
        (("port", recording, "--to", "torch", "--input", "1x3x8x8"), "is a recording, which has its input"),
        (("port", "nn.ReLU()", "--to", "torch"), "--input: given 0 times"),
    ):
        done = convparity(*arguments, cwd=NETS)
        assert (done.returncode, len(done.err.strip().splitlines())) == (2, 1), done.err
        assert words in done.err
