"""A run that was stopped, however it was, goes on where it stopped."""

import json
from collections import Counter

import psutil
import pytest


def observations(path):
    """How often each thing was observed."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    keys = ("environment", "case", "input", "spelling", "want")
    return Counter(str([line[key] for key in keys]) for line in lines if line["kind"] == "observation")


def verdicts(path):
    return json.loads(path.read_text())["verdicts"]


@pytest.fixture(scope="module")
def whole(convparity, tmp_path_factory):
    """A run that was left alone: its results file and its verdicts."""
    folder = tmp_path_factory.mktemp("whole")
    run(convparity, folder / "whole.jsonl", folder / "whole.json")
    return folder


def arguments(results, verdicts):
    environments = ["--env", "torch=.tox/torch", "--env", "flax=.tox/flax"]
    return ["run", "grid", *environments, "-o", results, "--json", verdicts, "--resume"]


def run(convparity, results, verdicts):
    done = convparity(*arguments(results, verdicts))
    assert done.returncode == 1, done.err
    return done


@pytest.mark.parametrize("part", [0.2, 0.7])
def test_a_resumed_run_repeats_nothing_and_misses_nothing(convparity, whole, tmp_path, part):
    text = (whole / "whole.jsonl").read_bytes()
    results = tmp_path / "cut.jsonl"
    results.write_bytes(text[: int(len(text) * part)])  # in the middle of a line, as a full disk leaves it
    run(convparity, results, tmp_path / "v.json")
    assert verdicts(tmp_path / "v.json") == verdicts(whole / "whole.json")
    assert observations(results) == observations(whole / "whole.jsonl")
    assert set(observations(results).values()) == {1}


def test_a_whole_run_starts_no_worker_again(convparity, whole, tmp_path):
    results = tmp_path / "whole.jsonl"
    results.write_bytes((whole / "whole.jsonl").read_bytes())
    run(convparity, results, tmp_path / "v.json")
    assert verdicts(tmp_path / "v.json") == verdicts(whole / "whole.json")
    added = results.read_text()[len((whole / "whole.jsonl").read_text()) :]
    assert [json.loads(line)["kind"] for line in added.splitlines()] == ["resumed", "end"]


def test_a_controller_killed_with_its_workers_left_behind(convparity, whole, tmp_path):
    results = tmp_path / "killed.jsonl"
    process = convparity.start(*arguments(results, tmp_path / "v.json"))
    convparity.wait_for(results, 100, process)
    workers = psutil.Process(process.pid).children()
    process.kill()
    process.communicate()
    psutil.wait_procs(workers, timeout=30)
    assert not any(worker.is_running() for worker in workers)  # they end when their pipe is closed
    run(convparity, results, tmp_path / "v.json")
    assert verdicts(tmp_path / "v.json") == verdicts(whole / "whole.json")
    assert set(observations(results).values()) == {1}


def test_an_error_that_was_mended_is_no_longer_reported(convparity, tmp_path):
    results = tmp_path / "r.jsonl"
    command = ["run", "textbook", "-k", "stem", "-o", results, "--resume", "--env"]
    assert convparity(*command, "torch=/nowhere").returncode == 3
    assert convparity(*command, "torch=.tox/torch").returncode == 0
    assert convparity("report", results).returncode == 0


def test_results_of_another_version_are_not_resumed(convparity, whole, tmp_path):
    results = tmp_path / "other.jsonl"
    lines = (whole / "whole.jsonl").read_text().splitlines(keepends=True)[:-400]
    results.write_text("".join(lines).replace('"torch":"2.13.0', '"torch":"1.0.0'))
    done = convparity(*arguments(results, tmp_path / "v.json"))
    assert done.returncode == 2
    assert "torch was observed with torch (torch 1.0.0" in done.err
    assert "and is now torch (torch 2.13.0" in done.err
