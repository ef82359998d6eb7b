"""The command stopped from outside: nothing runs on, nothing stays in the folder for temporary files."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

SLOW = """
import time
def run(case, x, weights):
    open({flag!r}, "w").close()
    time.sleep(60)
"""
CATALOG = """
[[case]]
input = [9]
kernel = 3
hostile = {hostile}
"""


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """Starts a command that is stuck in a case, and sends it a signal; returns it, what it said, and its workers."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    started = []

    def stop(number, *arguments, hostile="false", before=None):
        flag = tmp_path / "flag"
        (tmp_path / "slow.py").write_text(SLOW.format(flag=str(flag)))
        (tmp_path / "c.toml").write_text(CATALOG.format(hostile=hostile))
        run = (
            "run",
            "c.toml",
            "-o",
            "r.jsonl",
            "--no-cache",
            "--adapter",
            "slow.py",
            "--env",
            f"slow={sys.executable}",
        )
        command = [sys.executable, "-m", "convparity", *(arguments or run)]
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=before
        )
        started.append(process)
        deadline = time.monotonic() + 60
        while not flag.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        return process.returncode, out, err, workers

    yield stop
    for process in started:
        process.kill()


def heeds_signals():
    """The signal handling of a shell for a command in the foreground, unlike one in the background or under nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_that_ends_programs_stops_as_ctrl_c_does(stopped, tmp_path, name):
    status, out, err, workers = stopped(getattr(signal, name), before=heeds_signals)
    assert status == 130, err
    assert "--resume -o r.jsonl" in " ".join(out.split())
    assert "Traceback" not in err
    assert not any(worker.is_running() for worker in workers)
    assert os.listdir(tmp_path / "temporary") == []


def test_ctrl_c_stops_the_check_of_an_adapter_without_a_traceback(stopped):
    check = ("check-adapter", "slow.py", "--env", sys.executable)
    status, _, err, workers = stopped(signal.SIGINT, *check, before=heeds_signals)
    assert status == 130
    assert "Traceback" not in err
    assert not any(worker.is_running() for worker in workers)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
@pytest.mark.parametrize("hostile", ["false", "true"])
def test_no_process_outlives_a_killed_controller(stopped, hostile):
    status, _, _, workers = stopped(signal.SIGKILL, hostile=hostile)
    assert status == -signal.SIGKILL
    assert len(workers) == (2 if hostile == "true" else 1)  # and the fork that a hostile case runs in
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not [worker for worker in alive if worker.status() != psutil.STATUS_ZOMBIE]
