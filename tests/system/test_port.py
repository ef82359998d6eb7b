"""``port``, ``repro`` and ``explain --with-weights`` as commands, with the frameworks."""

import subprocess

import numpy as np
import pytest
from convparity.environments.find import from_project, variables_of
from convparity.environments.interpreters import inherited

KERAS = "layers.Conv2D(8, 3, strides=2, padding='same', activation='relu', name='stem')"
LINE = "stem = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2), nn.ReLU())"


@pytest.fixture(scope="module")
def ported(convparity, tmp_path_factory):
    """A port in a file, and the finished command."""
    path = tmp_path_factory.mktemp("port") / "stem.py"
    return path, convparity("port", KERAS, "--to", "torch", "--input", "3x16x16", "-o", path)


def test_a_port_has_run_before_it_is_written(ported):
    path, done = ported
    assert done.returncode == 0, done.err
    assert done.out.startswith(f"{path}: ran in tensorflow-cpu 2.")
    text = path.read_text()
    assert f"#     {KERAS}\n# Ran in tensorflow-cpu 2." in text
    assert f"\n{LINE}\n" in text
    assert "convparity" not in text


def test_a_port_is_whole(ported, tmp_path):
    """It runs by itself, and gives what loops over Keras's windows and kernel give."""
    path, _ = ported
    random = np.random.RandomState(1)
    shapes = {"x": (1, 16, 16, 3), "kernel": (3, 3, 3, 8), "bias": (8,)}
    arrays = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    np.savez(tmp_path / "arrays.npz", **arrays)
    code = (
        f"import numpy, runpy; a = numpy.load({str(tmp_path / 'arrays.npz')!r}); "
        f"apply = runpy.run_path({str(path)!r})['apply']; "
        f"numpy.save({str(tmp_path / 'y.npy')!r}, apply(a['x'], a['kernel'], a['bias']))"
    )
    (spec,) = (spec for spec in from_project() if spec.adapter == "torch")
    subprocess.run([spec.python, "-c", code], check=True, env={**inherited({}), **variables_of(spec)}, timeout=120)
    padded = np.pad(arrays["x"], ((0, 0), (0, 1), (0, 1), (0, 0)))
    y = np.zeros((1, 8, 8, 8))
    for i, j in np.ndindex(8, 8):
        window = padded[0, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].astype(np.float64)
        y[0, i, j] = np.maximum(np.tensordot(window, arrays["kernel"], 3) + arrays["bias"], 0)
    assert np.allclose(np.load(tmp_path / "y.npy"), y, atol=1e-5)


def test_a_port_of_a_missing_framework_is_predicted(convparity):
    done = convparity("port", KERAS, "--to", "torch", "--input", "3x16x16", "--env", "torch=.tox/torch")
    assert done.returncode == 0
    assert "# Predicted, not run: no environment has Keras.\n" in done.out


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((KERAS, "--to", "torhc", "--input", "3x16x16"), 2, "did you mean 'torch'?"),
        (("nn.Conv2d(3, 8, k)", "--to", "flax", "--input", "3x16x16"), 2, "kernel_size: 'k'"),
        (
            (KERAS, "--to", "torch", "--input", "3x16x16", "--env", "torch=/nowhere", "--env", "tensorflow=/nowhere"),
            3,
            "cannot be started",
        ),
    ],
)
def test_a_mistake_in_a_port_request_is_one_line(convparity, arguments, status, words):
    done = convparity("port", *arguments)
    assert done.returncode == status
    assert words.replace("'k'", "k") in done.err
    assert "Traceback" not in done.err


@pytest.fixture(scope="module")
def reproduced(convparity):
    return convparity("repro", "textbook:stem-512", "--adapters", "torch,keras")


def test_a_reproduction_is_one_short_script(reproduced):
    assert reproduced.returncode == 0, reproduced.err
    assert len(reproduced.out.splitlines()) < 40
    assert "convparity" not in reproduced.out
    assert "it pads the height and width (2,3) instead of (3,3)" in reproduced.out


@pytest.mark.parametrize("adapter", ["torch", "tensorflow"])
def test_a_reproduction_prints_the_numbers_in_its_comments(reproduced, adapter, tmp_path):
    """Each side's first number is that of a loop over the window that its pads give: 7x7, stride 2."""
    script = tmp_path / "repro.py"
    script.write_text(reproduced.out)
    (spec,) = (spec for spec in from_project() if spec.adapter == adapter)
    variables = {**inherited({}), **variables_of(spec)}
    done = subprocess.run([spec.python, script, adapter], capture_output=True, text=True, env=variables, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{adapter} (1, 1, 6, 6)\n")
    x = np.arange(144) * 5 % 97 - 32
    kernel = (np.arange(49) * 5 % 7 - 2).reshape(7, 7)
    before = {"torch": 3, "tensorflow": 2}[adapter]
    window = np.pad(x.reshape(12, 12), 3)[3 - before : 10 - before, 3 - before : 10 - before]
    first = int((window * kernel).sum())
    (line,) = (line for line in reproduced.out.splitlines() if line.startswith(f"#   {adapter} ("))
    assert f"first {first}, " in line


def test_a_reproduction_of_equal_layers_writes_nothing(convparity, tmp_path):
    path = tmp_path / "repro.py"
    done = convparity("repro", "nn.Conv2d(3, 8, 3)", "--input", "3x16x16", "--adapters", "torch,flax", "-o", path)
    assert done.returncode == 1
    assert "torch and flax do the same in this layer, so there is nothing to show" in done.err
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("stem-512", "--adapters", "torch"), 2, "'torch' is not two adapters"),
        (("nothing", "--adapters", "torch,flax"), 2, "'nothing' is not an id in the catalogs that ship"),
        (("stem-512", "--adapters", "torch,flax", "--env", "torch=.tox/torch"), 3, "no environment has flax"),
    ],
)
def test_a_mistake_in_a_reproduction_request_is_named(convparity, arguments, status, words):
    done = convparity("repro", *arguments)
    assert (done.returncode, words in done.err) == (status, True), done.err


def test_weights_are_shown_after_they_have_run(convparity):
    done = convparity(
        "explain", KERAS, "--input", "3x16x16", "--with-weights",
        "--env", "torch=.tox/torch", "--env", "keras-jax=.tox/keras-jax", "--exit-zero",
    )  # fmt: skip
    below = done.out[done.out.index("torch 2.") :]
    stamp = "  to paste, ran in keras 3.15.1 (jax 0.10.2, jaxlib 0.10.2) and in torch 2."
    assert stamp in below, done.out + done.err
    assert f"\n    {LINE}\n    def carry(kernel, bias):\n" in below
    assert "        kernel = kernel.transpose(3, 2, 0, 1)  # HWIO (3, 3, 3, 8) to OIHW (8, 3, 3, 3)\n" in below


def test_without_frameworks_the_weights_are_predicted(convparity):
    done = convparity("explain", KERAS, "--input", "3x16x16", "--with-weights")
    assert f"  with its weights, predicted, not run:\n    {LINE}\n    def carry(kernel, bias):\n" in done.out
