"""A worker that misbehaves is a fault of the run and never a verdict; played by interpreters made for it."""

import json
import sys

import pytest

READY = {"ready": {"python": "3", "platform": "p", "packages": {"torch": "9"}, "facts": {}, "imports": ""}, "log": ""}


@pytest.fixture
def interpreter(tmp_path):
    """An interpreter that starts as a worker does, and then runs the given code for every request."""

    def make(code):
        script = tmp_path / "worker.py"
        script.write_text(
            f"import os, sys\nprint({json.dumps(READY)!r}, flush=True)\nfor line in sys.stdin:\n    {code}\n"
        )
        path = tmp_path / "python"
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}"\n')
        path.chmod(0o755)
        return path

    return make


def run(convparity, tmp_path, python):
    done = convparity("run", "textbook", "-k", "stem", "--env", f"torch={python}", "--json", "v.json")
    return done, json.loads((tmp_path / "v.json").read_text())["verdicts"]


def test_an_exception_of_our_own_is_a_fault(convparity, tmp_path, interpreter):
    message = json.dumps({"broken": "Traceback (most recent call last):\n  ...\nKeyError: 'ours'"})
    done, verdicts = run(convparity, tmp_path, interpreter(f"print({message!r}, flush=True)"))
    assert done.returncode == 3
    assert "convparity's own code failed: KeyError: 'ours'" in done.stdout
    assert verdicts == []


def test_a_worker_that_keeps_dying_between_cases_is_given_up(convparity, tmp_path, interpreter):
    done, verdicts = run(convparity, tmp_path, interpreter("os._exit(9)"))
    assert done.returncode == 3
    assert "environment 'torch' died 3 times between cases" in done.stdout
    assert verdicts == []


def test_a_message_cut_off_by_a_death_is_no_message(convparity, tmp_path, interpreter):
    done, _ = run(
        convparity, tmp_path, interpreter('sys.stdout.write(\'{"n": 0, "outc\'); sys.stdout.flush(); os._exit(9)')
    )
    assert done.returncode == 3
    assert "died 3 times between cases" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_case_in_flight_at_two_deaths_is_crashed_and_not_before(convparity, tmp_path, interpreter):
    """Dies at the first request, which has three cases in flight, and at each of the three alone."""
    started = "[{'n': t['n'], 'source': 'nn.X()'} for t in json.loads(line)['tasks']]"
    code = f"import json; print(json.dumps({{'started': {started}}}), flush=True); os._exit(9)"
    done, verdicts = run(convparity, tmp_path, interpreter(code))
    assert done.returncode == 1
    crashed = [v for v in verdicts if v["spelling"] == "as written"]
    assert [(v["verdict"], v["source"]) for v in crashed] == [("crashed", "nn.X()")] * 3
    assert all("exit status 9" in v["reason"] for v in crashed)
