"""Saying what is being done: nothing of what is done at once, a line of what takes long, the time on a terminal."""

import os
import re
import subprocess
import sys
import threading

import pytest
from convparity.runs import working


def timers():
    return [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_quick_work_prints_nothing(capsys, monkeypatch):
    monkeypatch.setattr(working, "PATIENCE", 3600)
    with working.working("reading"):
        (timer,) = timers()
    timer.join(60)
    assert not timer.is_alive()  # it was cancelled
    assert capsys.readouterr() == ("", "")


def test_slow_work_is_announced_without_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(working, "PATIENCE", 0.01)
    with working.working("reading a.jsonl"):
        for timer in timers():
            timer.join()
    assert capsys.readouterr() == ("", "reading a.jsonl...\n")


def test_a_failure_during_slow_work_is_raised(monkeypatch):
    with pytest.raises(OSError, match="full"), working.working("writing"):
        raise OSError("full")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")
def test_a_terminal_shows_the_elapsed_time_and_is_left_clean():
    ours, theirs = os.openpty()
    code = (
        "import time; from convparity.runs.working import working\nwith working('reading [a].jsonl'): time.sleep(0.5)"
    )
    subprocess.run([sys.executable, "-c", code], stderr=theirs, check=True, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    shown = os.read(ours, 2**16).decode()
    os.close(ours)
    assert "reading [a].jsonl" in shown
    assert re.search(r"\d:\d\d:\d\d", shown)
    assert shown.endswith("\x1b[1A\x1b[2K")  # up, and erased
