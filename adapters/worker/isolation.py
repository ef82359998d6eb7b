"""Work in a forked child, whose death loses only that work.

A fork is a hundred times cheaper than another interpreter that imports the framework. It is safe as long as the parent
has one thread and has only imported modules, without computing anything.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..parent import die_with_parent

POLL = 0.02  # seconds between looks at the child's memory
Ended = Literal["", "crashed", "timed out", "out of memory"]  # empty where a child did its work
PR_SET_CHILD_SUBREAPER = 36  # of Linux's prctl
PAUSE, RESUME = "pause", "resume"  # lines of a child between which the time limit does not run


@dataclass(frozen=True)
class Ending:
    """The end of a child. ``outcome`` is empty if it finished its work, else crashed, timed out or out of memory."""

    lines: list[str]
    outcome: Ended = ""
    signal: str = ""
    broken: str = ""  # the traceback if the child's own code failed


def adopt_orphans() -> None:
    """Make Linux give this process the processes that its children leave when they end, so that it can kill them."""
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):  # then the controller's clean-up has to suffice
            import ctypes

            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def can_fork() -> bool:
    """Return whether this process may fork: the system supports it, and no other thread is running."""
    if not hasattr(os, "fork"):
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return sys.platform == "darwin"


def in_child(work: Callable[[Callable[[str], None]], None], seconds: float, memory: int) -> Ending:
    """Fork, call ``work`` in the child with a function that sends a line, and return how the child ended.

    The child is killed after ``seconds``, or when it uses ``memory`` bytes more than at its start. The lines PAUSE and
    RESUME stop and start the clock. The processes that the child has started are killed in any case.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    receive, send = os.pipe()
    others = _children()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.close(receive)
        _work_and_leave(work, send)
    os.close(send)
    try:
        lines, killed = _watch(child, receive, seconds, resident(child) + memory)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(receive)
        status = _end(child, others)
    if killed:
        return Ending(lines, killed)
    if os.WIFSIGNALED(status):
        return Ending(lines, "crashed", signal.Signals(os.WTERMSIG(status)).name)
    code = os.WEXITSTATUS(status)
    if code == BROKEN:
        return Ending([], broken="\n".join(lines))
    return Ending(lines, "crashed", f"exit status {code}") if code else Ending(lines)


def _end(child: int, others: set[int]) -> int:
    """Wait for a child, kill the processes that it leaves, and return its wait status."""
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(OSError):  # its group has no other process
        os.killpg(child, signal.SIGKILL)
    while orphans := _children() - others:  # those in other groups, see adopt_orphans; they may have children too
        for orphan in orphans:
            with contextlib.suppress(OSError):
                os.kill(orphan, signal.SIGKILL)
                os.waitpid(orphan, 0)
    return status


def _children() -> set[int]:
    """Return the processes whose parent is this one; none if the system does not tell."""
    try:
        numbers = {int(name) for name in os.listdir("/proc") if name.isdigit()}
    except OSError:
        return set()
    return {number for number in numbers if _parent(number) == os.getpid()}


def _parent(number: int) -> int:
    try:
        with open(f"/proc/{number}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])  # the name, in brackets, may hold anything
    except (OSError, ValueError, IndexError):
        return 0


BROKEN = 70  # the exit status of a child whose own code failed; EX_SOFTWARE


def _work_and_leave(work: Callable[[Callable[[str], None]], None], send: int) -> None:
    def say(line: str) -> None:
        data = line.encode() + b"\n"
        while data:
            data = data[os.write(send, data) :]

    die_with_parent()
    code = 0
    try:
        work(say)
    except BaseException:
        code = BROKEN
        say(traceback.format_exc())
    os._exit(code)  # skip the clean-up handlers, which belong to the parent


def _watch(child: int, receive: int, seconds: float, most: int) -> tuple[list[str], Ended]:
    """Return the lines that the child sent until it closed its end, and why it was killed, if it was."""
    lines: list[str] = []
    rest = b""
    deadline, paused = time.monotonic() + seconds, 0.0  # paused is the time since which the clock stands, or 0
    with selectors.DefaultSelector() as selector:
        selector.register(receive, selectors.EVENT_READ)
        while True:
            if selector.select(POLL):
                part = os.read(receive, 2**16)
                if not part:
                    return lines, ""  # leave out an incomplete last line
                *whole, rest = (rest + part).split(b"\n")
                for line in (one.decode(errors="replace") for one in whole):
                    if line == PAUSE:
                        paused = paused or time.monotonic()
                    elif line == RESUME:
                        deadline, paused = deadline + (time.monotonic() - paused if paused else 0), 0.0
                    else:
                        lines.append(line)
            why: Ended = "timed out" if not paused and time.monotonic() > deadline else ""
            if not why and resident(child) > most:
                why = "out of memory"
            if why:
                os.kill(child, signal.SIGKILL)
                return lines, why


def resident(process: int) -> int:
    """Return the resident memory of a process and its children in bytes; 0 if the system does not report it."""
    try:
        with open(f"/proc/{process}/statm") as file:
            own = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        with open(f"/proc/{process}/task/{process}/children") as file:
            return own + sum(resident(int(child)) for child in file.read().split())
    except (OSError, ValueError, IndexError):
        return 0
