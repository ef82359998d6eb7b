"""Where the probe's stand-in is refused and the layer is not, the layer itself is measured; else nothing is claimed."""

import json

import pytest

# The layer of 3x3 on 8x8, with other numbers; its stand-in is refused, and what it reads itself comes from SAMPLING.
RAN = """
case = task["case"]
answer.update(outcome="ran", shape=[1, 1, 6, 6], dtype="float32", digest="0" * 32)
if case["id"] == "other":
    answer = {"outcome": "raised", "source": "nn.X()", "log": "", "error": "RuntimeError: no"}
elif task["want"] == "sampling" and not task.get("itself"):
    answer = {"outcome": "raised", "source": "nn.Y()", "log": "", "error": "RuntimeError: no such stand-in"}
elif task["want"] == "sampling":
    answer["itself"] = True
    SAMPLING
"""
LATER = """
    rows = [[i + k + 1 if i + k < 7 else -1 for k in range(3)] for i in range(task["input"][0] - 2)]
    answer["sampling"] = {"maps": [rows, rows], "separable": True, "exact": True}
"""
REFUSED = 'answer.update(outcome="raised", error="RuntimeError: nor so")'


@pytest.fixture
def ran(run, interpreter, tmp_path):
    """Runs with a framework whose layer reads so; returns the row of the layer, and the request."""

    def so(sampling, *options):
        interpreter.does(RAN.replace("SAMPLING", sampling.strip()))
        done = run("--json", "v.json", *options)
        assert done.returncode == 1, done.stderr
        rows = json.loads((tmp_path / "v.json").read_text())["verdicts"]
        (row,) = (row for row in rows if (row["case"], row["spelling"]) == ("one", "as written"))
        return row, [(spelling, want) for case, spelling, want in interpreter.asked if case == "one"]

    return so


def test_the_layer_itself_is_measured_where_the_probe_is_refused(ran):
    """By hand: every window lies one element later, which a padding of (-1,1) would do."""
    row, asked = ran(LATER)
    assert row["verdict"] == "shifted"
    assert [axis["before"] for axis in row["sampling"]] == [-1, -1]
    assert asked[:3] == [("as written", "values"), ("as written", "sampling"), ("as written", "sampling")]
    assert asked.count(("port", "values")) == 1


def test_a_layer_that_cannot_be_measured_in_any_way_is_unproven(ran):
    row, asked = ran(REFUSED)
    assert (row["verdict"], row["sampling"]) == ("unproven", None)
    assert row["reason"].startswith("which elements it reads could not be measured (RuntimeError: nor so); ")
    assert [want for _, want in asked] == ["values", "sampling", "sampling", "values"]  # the last is the port's


@pytest.mark.parametrize("sampling", [LATER, REFUSED])
def test_a_stopped_run_resumes_at_the_refused_probe(ran, run, interpreter, tmp_path, sampling):
    whole, _ = ran(sampling, "-o", "r.jsonl", "--no-cache")
    lines = (tmp_path / "r.jsonl").read_text().splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if '"itself"' in line)
    (tmp_path / "r.jsonl").write_text("".join(lines[:first]))
    (interpreter.folder / "asked").unlink()
    row, asked = ran(sampling, "-o", "r.jsonl", "--no-cache", "--resume")
    assert row == whole
    assert ("as written", "values") not in asked
    (interpreter.folder / "asked").unlink()
    assert ran(sampling, "-o", "r.jsonl", "--no-cache", "--resume") == (whole, [])


def test_a_refused_probe_is_taken_from_the_cache(ran, interpreter):
    first, _ = ran(LATER)
    (interpreter.folder / "asked").unlink()
    assert ran(LATER, "-o", "r.jsonl", "-k", "one") == (first, [])
