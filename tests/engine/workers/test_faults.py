"""A worker that misbehaves is a fault of the run and never a verdict; played by interpreters made for it."""

import json
import sys
import time

import pytest
from convparity import api
from convparity.cases import reference
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.runs.settings import Settings

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


def test_a_worker_that_keeps_dying_between_cases_is_abandoned(convparity, tmp_path, interpreter):
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


@pytest.mark.parametrize("noise", ["loading [1/2]", "42", "{}", "null", "\\377\\033[31m"])
def test_an_interpreter_that_prints_at_its_start_is_a_fault_that_quotes_it(convparity, tmp_path, noise):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nprintf \'{noise}\\n\'\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (tmp_path / "rows.py").write_text("def run(case, x, weights): return x\n")
    quiet = ("--adapter", "rows.py", "--env", f"rows={sys.executable}")
    done = convparity("run", "textbook", "-k", "stem", "--env", f"loud:rows={python}", *quiet, "--json", "v.json")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    said = " ".join(done.stdout.split())
    quoted = noise.replace("\\377", "\ufffd").replace("\\033", "\\\\x1b")
    assert f"error: environment 'loud' ({python}, from --env) printed '{quoted}' where" in said
    assert "print to standard error" in said
    verdicts = json.loads((tmp_path / "v.json").read_text())["verdicts"]
    assert {v["environment"] for v in verdicts} == {"rows"}


def test_a_reply_of_an_unknown_form_is_an_error(convparity, tmp_path, interpreter):
    done, verdicts = run(convparity, tmp_path, interpreter("print('warning: slow', flush=True)"))
    assert done.returncode == 3
    assert "printed 'warning: slow' where a worker's replies are expected" in " ".join(done.stdout.split())
    assert verdicts == []


@pytest.mark.parametrize("option", ["timeout", "memory"])
@pytest.mark.parametrize("value", ["inf", "1e7", "1e300"])
def test_a_limit_that_no_system_can_hold_is_refused(convparity, option, value):
    done = convparity("run", "textbook", f"--{option}", value)
    assert done.returncode == 2
    assert f"{option} is {float(value)}; expected a number of " in done.stderr
    assert done.stderr.endswith("above 0, at most 1,000,000\n")


def test_a_limit_that_is_no_number_is_refused():
    with pytest.raises(InputError, match=r"timeout is nan; .*\nmemory is nan; "):
        Settings(timeout=float("nan"), memory=float("nan"))


def test_where_no_environment_can_serve_no_reference_is_computed_for_it(monkeypatch):
    computed = []
    refer = reference.refer
    monkeypatch.setattr(reference, "refer", lambda case: (time.sleep(0.02), computed.append(case), refer(case))[-1])
    cases = [make_case(input=[n, n], kernel=1, id=str(n)) for n in range(1, 500)]
    report = api.run(*cases, environments="torch=/nowhere")
    assert [label for label, _ in report.results.faults] == ["torch"]
    assert len(computed) < 250


def test_an_answer_to_what_was_not_asked_is_a_fault_of_that_environment(convparity, tmp_path, interpreter):
    """As of a process that a framework forked and that went on serving."""
    message = json.dumps({"n": 99, "outcome": "raised", "error": "no"})
    done, verdicts = run(convparity, tmp_path, interpreter(f"print({message!r}, flush=True)"))
    assert done.returncode == 3
    assert "environment 'torch' answered a task that it was not given, or answered one twice" in done.stdout
    assert "Traceback" not in done.stderr
    assert verdicts == []
