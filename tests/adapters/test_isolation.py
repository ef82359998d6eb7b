"""Work in a forked child: what it sends, and how it may end. No framework needed."""

import faulthandler
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from convparity.adapters.worker.isolation import PAUSE, RESUME, in_child

MEMORY = 2**30


def test_the_parent_gets_every_line_of_a_child_and_nothing_of_its_memory():
    seen = []

    def work(send):
        seen.append("in the child")
        send("first")
        send("x" * 10**6)

    ending = in_child(work, 10, MEMORY)
    assert ending.lines == ["first", "x" * 10**6]
    assert ending.outcome == ""
    assert seen == []


def test_a_signal_is_a_crash_with_its_name():
    def work(send):
        send("about to")
        faulthandler.disable()  # pytest's, which prints a traceback that looks like a failure
        os.kill(os.getpid(), signal.SIGFPE)

    ending = in_child(work, 10, MEMORY)
    assert (ending.outcome, ending.signal, ending.lines) == ("crashed", "SIGFPE", ["about to"])


def test_leaving_the_process_is_a_crash_with_its_status():
    ending = in_child(lambda send: os._exit(3), 10, MEMORY)
    assert (ending.outcome, ending.signal) == ("crashed", "exit status 3")


def test_a_process_that_does_not_end_in_time_is_timed_out():
    start = time.monotonic()
    assert in_child(lambda send: time.sleep(60), 0.3, MEMORY).outcome == "timed out"
    assert time.monotonic() - start < 10


def test_the_clock_stands_while_it_is_paused():
    def work(send, more=0.0):
        send("before")
        send(PAUSE)
        time.sleep(1.5)
        send(RESUME)
        time.sleep(more)
        send("after")

    ending = in_child(work, 1, MEMORY)
    assert (ending.outcome, ending.lines) == ("", ["before", "after"])
    ending = in_child(lambda send: work(send, 60), 1, MEMORY)
    assert (ending.outcome, ending.lines) == ("timed out", ["before"])


def test_a_process_that_exceeds_its_memory_limit_is_out_of_memory():
    def work(send):
        hoard = bytearray(200 * 2**20)  # touched: zeroed pages count
        hoard[::4096] = b"x" * len(hoard[::4096])
        time.sleep(60)

    assert in_child(work, 30, 50 * 2**20).outcome == "out of memory"


def test_an_exception_of_convparity_is_distinguished_from_a_death():
    def work(send):
        raise LookupError("ours")

    ending = in_child(work, 10, MEMORY)
    assert ending.outcome == ""
    assert "LookupError: ours" in ending.broken


def test_only_a_process_with_one_thread_may_fork():
    code = (
        "import threading; from convparity.adapters.worker.isolation import can_fork; alone = can_fork()\n"
        "thread = threading.Timer(10, print); thread.start(); print(alone, can_fork()); thread.cancel()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


LEAVES = """
import subprocess, sys, time
from convparity.adapters.worker.isolation import adopt_orphans, in_child

own = subprocess.Popen(["sleep", "300"])  # of this process, as a framework may start one on import

def work(send):
    for session in (False, True):
        shell = "sleep 300 & echo $!; wait" if {waits} else "sleep 300 > /dev/null & echo $!"
        child = subprocess.Popen(["sh", "-c", shell], stdout=subprocess.PIPE, start_new_session=session)
        send(child.stdout.readline().decode().strip())
    if {hangs}:
        time.sleep(300)

adopt_orphans()
ending = in_child(work, 3, 2**30)
print(ending.outcome, *ending.lines)
assert own.poll() is None
own.kill()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems give orphans to their first process")
@pytest.mark.parametrize("hangs", [True, False])
@pytest.mark.parametrize("waits", [True, False])
def test_processes_that_a_child_leaves_are_killed(hangs, waits):
    """Some are in the child's group and some in sessions of their own; some of their parents live and some do not."""
    code = LEAVES.format(hangs=hangs, waits=waits)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    *outcome, one, other = done.stdout.split()
    assert outcome == (["timed", "out"] if hangs else [])
    for number in (one, other):
        assert not Path(f"/proc/{number}").exists()
