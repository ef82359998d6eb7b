"""A hunt finds a planted fault from nothing, in the smallest layer, and says where it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import convparity
import pytest


def test_a_planted_fault_is_found_in_its_smallest_layer_against_its_twin(pool, tmp_path):
    done, found = pool("--layers", 300, "--seed", 5, "-o", "out")
    assert done.returncode == 1, done.stderr
    (one,) = found["findings"]
    assert one["environments"] == ["wrong"]
    assert (one["twins"], one["agreeing"]) == (["right"], ["right"])
    assert one["row"]["verdict"] == "values"
    # The plant needs a width of 4, 8 and so on, a stride above 1, which is by default the kernel, and nothing else.
    case = convparity.make_case(**one["case"])
    assert (case.rank, case.stride, case.input[0] % 4, case.input[0] <= 8) == (1, (2,), 0, True)
    assert set(one["case"]) <= {"op", "input", "kernel", "stride"}
    width = next(edge for edge in one["edges"] if edge["what"] == "width")
    assert {n % 4 for n in width["shows"]} == {0}
    assert {case.input[0] - 1, case.input[0] + 1} <= set(width["lacks"])
    beside = convparity.make_case(**one["neighbour"])
    assert beside.key != case.key
    assert found["layers"] == 300
    assert one["layers"] > 1  # the others are not shrunk again
    assert f"width {case.input[0]}" in done.stdout
    assert "against its twin right" in done.stdout
    catalog = convparity.load_catalog(tmp_path / "out/hunt.toml")
    assert [each.key for each in catalog] == [case.key, beside.key]
    assert json.loads((tmp_path / "out/hunt.json").read_text()) == found


def test_the_same_seed_finds_the_same_and_right_layers_are_no_finding(pool):
    first, again = (pool("--layers", 100, "--seed", 5)[1] for _ in range(2))
    assert [one["case"] for one in first["findings"]] == [one["case"] for one in again["findings"]]
    done, found = pool("--layers", 100, "--seed", 5, plant="none")
    assert (done.returncode, found["findings"]) == (0, [])
    assert "nothing new in 100 random layers" in done.stdout


def test_a_death_is_shrunk_in_processes_of_its_own(pool):
    done, found = pool("--layers", 100, "--seed", 2, plant="abort")
    (one,) = found["findings"]
    assert one["row"]["verdict"] == "crashed"
    case = convparity.make_case(**one["case"])
    assert (case.input, case.stride) == ((1,), (3,))
    assert " of the width 3 only, not 2 and 4" in done.stdout


def test_what_an_expectation_describes_is_counted_and_no_finding(pool, tmp_path):
    (tmp_path / "known.toml").write_text(
        '[[expect]]\nop = "max_pool"\nenvironment = "wrong"\nverdict = "values"\nreason = "the plant of these tests"\n'
    )
    done, found = pool("--layers", 300, "--seed", 5, "--expectations", "known.toml")
    assert (done.returncode, found["findings"]) == (0, [])
    assert [one["reason"] for one in found["known"]] == ["the plant of these tests"]
    assert "Seen again, as expected:" in done.stdout


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--op", "max_pol"), "--op: 'max_pol' is not an operation; expected conv, conv_transpose, max_pool, avg_pool"),
        (("-o", "full"), "-o: full is not empty; name a new folder"),
        (("-o", "full/file"), "-o: full/file is not a folder; name a new one"),
        (("nowhere",), "ENVIRONMENT: 'nowhere' is not"),
        (("torch=a", "torch=b"), "two environments are labelled 'torch'"),
        (("--expectations", "none.toml"), "none.toml"),
    ],
)
def test_bad_input_is_one_sentence(convparity, tmp_path, options, problem):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    done = convparity("hunt", *options)
    assert (done.returncode, problem in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_an_environment_that_cannot_run_is_an_error_of_the_hunt(convparity, tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    done = convparity("hunt", "torch=./python", "--layers", 5)
    assert done.returncode == 3
    assert "error: torch: environment 'torch'" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for one process")
def test_ctrl_c_writes_what_was_found(pool, tmp_path, heeds_ctrl_c):
    pool("--layers", 1)
    command = [sys.executable, "-m", "convparity", "hunt", "--adapter", "pool.py", "--op", "max_pool", "--seed", "5"]
    process = subprocess.Popen(
        [*command, "--minutes", "5", "-o", "out"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeds_ctrl_c,
    )
    line = ""
    while not re.search(r"[1-9]\d* finding", line):
        line = process.stderr.readline()
        assert line, "it ended"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopped before the end" in out
    assert json.loads((tmp_path / "out/hunt.json").read_text())["findings"][0]["environments"] == ["wrong"]


def test_a_hunt_in_python_returns_the_same(tmp_path, monkeypatch):
    from .conftest import POOL

    (tmp_path / "pool.py").write_text(POOL)
    monkeypatch.setenv("PLANT", "values")
    hunted = convparity.hunt(
        {"pool": sys.executable}, layers=200, ops="max_pool", seed=5, adapters=tmp_path / "pool.py"
    )
    (one,) = hunted.findings  # against the reference, as there is neither a twin nor a model
    assert (one.case.input[0] % 4, one.against) == (0, "the reference")
    assert "no script" not in str(hunted)
