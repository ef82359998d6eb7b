"""A run that ends at its first findings."""

import json

import pytest

CASES = "\n".join(f'[[case]]\nid = "layer-{n}"\ninput = [8, 8]\nkernel = {n}\n' for n in range(1, 9))
EXPECTED = '[[expect]]\ncase = ["layer-1", "layer-2"]\nverdict = "rejects"\nreason = "known"\n'


@pytest.fixture
def run(convparity, tmp_path, interpreter):
    """Runs eight layers, all of which the interpreter refuses; returns the process and the ids that were asked."""
    (tmp_path / "eight.toml").write_text(CASES)
    (tmp_path / "known.toml").write_text(EXPECTED)

    def run(*options):
        done = convparity("run", "eight.toml", "--env", f"torch={interpreter.python}", "--json", "v.json", *options)
        rows = json.loads((tmp_path / "v.json").read_text())["verdicts"]
        return done, [row["case"] for row in rows if row["spelling"] == "as written"]

    return run


def test_a_run_ends_after_the_requested_number_of_failing_layers(run, interpreter):
    done, ids = run("-x", "--no-cache")
    assert done.returncode == 1
    assert ids == ["layer-1"]
    assert "ended after 1 failing layer, as --max-findings says" in done.stdout
    assert {id for id, spelling, _ in interpreter.asked if spelling == "port"} == {"layer-1"}  # it is explained
    assert len(run("--max-findings", "3", "--no-cache")[1]) == 3


def test_expected_findings_do_not_count(run):
    done, ids = run("-x", "--no-cache", "--expectations", "known.toml")
    assert ids == ["layer-1", "layer-2", "layer-3"]
    assert "FAILS: 1 new, 2 expected" in done.stdout


def test_a_run_that_ended_early_is_not_taken_for_a_whole_one(run):
    run("-x")
    done, ids = run()
    assert len(ids) == 8
    assert "--max-findings" not in done.stdout
    assert run("-x")[1] == ["layer-1"]  # although the cache has them all
