"""``convparity figure``: the files that it writes, and its errors."""

import subprocess
import sys

import pytest

LAYER = "nn.Conv2d(1, 1, 3, stride=2, padding=1)"
WITHOUT = "import sys; sys.modules['matplotlib'] = None; from convparity.cli.main import main; main()"


def run(*words, code=None, cwd=None):
    start = ["-c", code] if code else ["-m", "convparity"]
    call = [sys.executable, *start, "figure", *words]
    return subprocess.run(call, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_the_file_is_what_its_ending_says_and_the_alternative_is_printed(tmp_path, ending, start):
    file = tmp_path / f"made/figure.{ending}"
    done = run("windows", LAYER, "--input", "8x8", "--to", "tensorflow", "-o", str(file), "--dark")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if not line.endswith("...")] == []  # what takes long is told
    assert file.read_bytes().startswith(start)
    assert "16 of 16 outputs read other elements in the two." in done.stdout


def test_a_measured_layer_is_drawn_from_a_results_file(tmp_path, shifted_run):
    from convparity.report.results.file import header
    from convparity.runs.recorder import compact

    results = tmp_path / "results.jsonl"
    lines = [header("0.1.0"), *shifted_run.lines, {"kind": "end"}]
    results.write_text("".join(compact(line) + "\n" for line in lines))
    made = ("-o", str(tmp_path / "figure.svg"))
    done = run("utilisation", "--results", str(results), *made)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if not line.endswith("...")] == []  # what takes long is told
    assert "keras 1.2.3 (measured): layers.Conv2D(1, 3, strides=2, padding='same') on 8x8: from 1 to 4" in done.stdout
    assert "torch 1.2.3 (measured)" in done.stdout
    done = run("matrix", str(results), *made)
    assert "keras 1.2.3: silent shift 1." in done.stdout
    done = run("windows", "--results", str(results), "--env", "jax", *made)
    assert done.returncode == 2
    assert "is 'jax'; expected one of keras, torch" in done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("utilisation", LAYER, "--input", "8x8", "-o", "figure.gif"), "figure.gif: a figure is a file that ends in"),
        (("utilisation", "-o", "figure.svg"), "nothing to draw; give a LAYER"),
        (("windows", LAYER, "--input", "8x8", "--at", "9,9", "-o", "figure.svg"), "output (9,9) is not there"),
        (("matrix", "textbook", "-k", "x", "-o", "figure.svg"), "-k: it chooses among the layers of catalogs"),
    ],
)
def test_bad_input_is_one_line(tmp_path, words, why):
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_the_error_says_what_to_install(tmp_path):
    file = tmp_path / "figure.svg"
    done = run("utilisation", LAYER, "--input", "8x8", "-o", str(file), code=WITHOUT)
    assert done.returncode == 3
    assert done.stderr == (
        "error: figures need Matplotlib, which is not installed here; install it: pip install 'convparity[figures]'\n"
    )
    assert not file.exists()
