"""Workers that stay between runs: the same results, and processes that start and end when they should."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import convparity
import psutil
import pytest
from convparity.runs.lending import serving_now

ADAPTER = """
import os
import numpy as np
ops = ("max_pool", "avg_pool")

def run(case, x, weights):
    {first}
    return x[:, :, ::case.stride[0], ::case.stride[1]]
"""
LAYERS = [
    convparity.make_case(op="max_pool", input=[n, n], kernel=k, stride=2, id=f"{n}-{k}") for n in (6, 7) for k in (1, 2)
]
TIMES = ("seconds",)


@pytest.fixture
def adapter(tmp_path):
    """Writes an adapter of the user's own, which runs here, and returns the arguments of a run in it."""

    def write(first="pass", name="mine"):
        file = tmp_path / f"{name}.py"
        file.write_text(ADAPTER.format(first=first))
        return {"environments": {name: sys.executable}, "adapters": [file], "cache": False}

    return write


def lines(path):
    """The lines of a results file in a stable order, without times."""
    found = [json.loads(line) for line in Path(path).read_text().splitlines()]
    return sorted(json.dumps({k: v for k, v in line.items() if k not in TIMES}, sort_keys=True) for line in found)


def resting():
    """The processes that wait for the next run."""
    pool = serving_now()
    assert pool is not None
    return [one.worker.process.pid for waiting in pool.resting.values() for one in waiting]


def gone(pid):
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_a_second_run_uses_the_same_process_and_writes_what_a_fresh_run_writes(adapter, tmp_path):
    where = adapter()
    convparity.run(*LAYERS, **where, output=tmp_path / "fresh.jsonl")
    with convparity.Workers(idle=60) as workers:
        workers.run(LAYERS[0], **where)
        first = resting()
        workers.run(*LAYERS, **where, output=tmp_path / "warm.jsonl")
        assert resting() == first
        assert len(first) == 1
    assert lines(tmp_path / "warm.jsonl") == lines(tmp_path / "fresh.jsonl")
    assert gone(first[0])


def test_a_worker_that_was_killed_between_two_runs_is_started_again(adapter, tmp_path):
    where = adapter()
    convparity.run(*LAYERS, **where, output=tmp_path / "fresh.jsonl")
    with convparity.Workers():
        convparity.run(*LAYERS, **where)
        (before,) = resting()
        os.kill(before, signal.SIGKILL)
        convparity.run(*LAYERS, **where, output=tmp_path / "warm.jsonl")
        assert resting() != [before]
    assert lines(tmp_path / "warm.jsonl") == lines(tmp_path / "fresh.jsonl")


def test_nothing_is_lost_when_a_warm_worker_dies_at_work(adapter, tmp_path):
    """It kills itself once, in the second run, at the layer with 7 elements."""
    mark = tmp_path / "mark"
    once = f"case.input[0] == 7 and not os.path.exists({str(mark)!r})"
    where = adapter(f"if {once}: open({str(mark)!r}, 'w'); os.kill(os.getpid(), 9)")
    with convparity.Workers():
        convparity.run(LAYERS[0], **where)
        report = convparity.run(*LAYERS, **where, output=tmp_path / "warm.jsonl")
    assert mark.exists()
    assert report.complete
    assert not report.results.faults
    convparity.run(*LAYERS, **where, output=tmp_path / "fresh.jsonl")
    assert lines(tmp_path / "warm.jsonl") == lines(tmp_path / "fresh.jsonl")


def test_a_time_limit_ends_a_case_and_not_the_workers(adapter):
    slow = "import time; time.sleep(60 if case.input[0] == 7 else 0)"
    where = adapter(slow)
    with convparity.Workers():
        report = convparity.run(LAYERS[0], LAYERS[2], **where, timeout=1, only_as_written=True)
        assert [row.verdict for row in report.verdicts] == ["agrees", "timed out"]
        report = convparity.run(LAYERS[0], **where, timeout=1)
        assert [row.verdict for row in report.verdicts] == ["agrees"]


def test_an_environment_that_is_not_there_is_a_fault_of_the_run(tmp_path):
    """As without workers that stay."""
    with convparity.Workers():
        report = convparity.run(LAYERS[0], environments={"torch": str(tmp_path / "none/bin/python")})
    ((label, message),) = report.results.faults
    assert label == "torch"
    assert "cannot be started" in message


def test_idle_workers_end(adapter):
    with convparity.Workers(idle=0.4):
        convparity.run(LAYERS[0], **adapter())
        (pid,) = resting()
        assert gone(pid)
        assert resting() == []


def test_only_the_environments_of_a_question_are_started(adapter):
    one, other = adapter(), adapter(name="other")
    with convparity.Workers({**one["environments"], **other["environments"]}) as workers:
        assert resting() == []
        workers.run(LAYERS[0], **one)
        assert len(resting()) == 1
        workers.run(LAYERS[0], **other)
        assert len(resting()) == 2


def test_a_worker_is_started_again_where_its_surroundings_changed(adapter, monkeypatch):
    with convparity.Workers():
        convparity.run(LAYERS[0], **adapter())
        (before,) = resting()
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
        convparity.run(LAYERS[0], **adapter())
        (after,) = resting()
        assert after != before
        assert gone(before)
        convparity.run(LAYERS[0], **adapter("x = x + 1"))  # other code of the user's
        assert resting() != [after]


def test_runs_side_by_side_have_workers_of_their_own(adapter):
    where, reports = adapter("import time; time.sleep(0.5)"), []
    with convparity.Workers():
        runs = [
            threading.Thread(target=lambda layer=layer: reports.append(convparity.run(layer, **where)))
            for layer in (LAYERS[0], LAYERS[2])
        ]
        for one in runs:
            one.start()
        for one in runs:
            one.join()
        assert len(resting()) == 2
    assert [report.counts["agrees"] for report in reports] == [1, 1]


KERNELS = {  # a kernel is played by a module that says there is one
    "Jupyter": """shell = types.SimpleNamespace(kernel=True)
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell, display=types.SimpleNamespace(
    display=lambda *a, **k: types.SimpleNamespace(update=lambda *a, **k: None)))""",
    "marimo": """sys.modules["marimo"] = types.SimpleNamespace(running_in_notebook=lambda: True)""",
}


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_notebook_keeps_its_workers_until_its_kernel_ends(tmp_path, adapter, kernel):
    where = adapter()
    code = f"""
import sys, types
{KERNELS[kernel]}
sys.path.insert(0, {str(tmp_path)!r})
import convparity
from convparity.runs.lending import serving_now
layer = convparity.make_case(op="max_pool", input=[6, 6], kernel=1, stride=2)
where = dict(environments={where["environments"]!r}, adapters=[{str(where["adapters"][0])!r}], cache=False)
pids = []
for _ in range(2):
    convparity.run(layer, **where)
    pids.append([one.worker.process.pid for waiting in serving_now().resting.values() for one in waiting])
print(pids[0] == pids[1], *pids[0])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    same, pid = done.stdout.split()
    assert same == "True", done.stderr
    assert gone(int(pid))


def test_a_script_of_marimo_keeps_no_workers(monkeypatch):
    monkeypatch.setitem(sys.modules, "marimo", SimpleNamespace(running_in_notebook=lambda: False))
    assert serving_now() is None
