"""Work in a forked child: what it sends, and how it may end. No framework needed."""

import os
import signal
import subprocess
import sys
import time

from convparity.adapters.worker.isolation import PAUSE, RESUME, in_child

MEMORY = 2**30


def test_what_the_child_sends_arrives_whole_and_nothing_of_its_memory_does():
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
        os.kill(os.getpid(), signal.SIGFPE)

    ending = in_child(work, 10, MEMORY)
    assert (ending.outcome, ending.signal, ending.lines) == ("crashed", "SIGFPE", ["about to"])


def test_leaving_the_process_is_a_crash_with_its_status():
    ending = in_child(lambda send: os._exit(3), 10, MEMORY)
    assert (ending.outcome, ending.signal) == ("crashed", "exit status 3")


def test_no_end_within_the_limit():
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


def test_more_memory_than_the_limit():
    def work(send):
        hoard = bytearray(200 * 2**20)  # touched: zeroed pages count
        hoard[::4096] = b"x" * len(hoard[::4096])
        time.sleep(60)

    assert in_child(work, 30, 50 * 2**20).outcome == "out of memory"


def test_our_own_exception_is_told_apart_from_a_death():
    def work(send):
        raise LookupError("ours")

    ending = in_child(work, 10, MEMORY)
    assert ending.outcome == ""
    assert "LookupError: ours" in ending.broken


def test_a_process_of_one_thread_may_fork_and_no_other():
    code = (
        "import threading; from convparity.adapters.worker.isolation import can_fork; alone = can_fork()\n"
        "thread = threading.Timer(10, print); thread.start(); print(alone, can_fork()); thread.cancel()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
