"""Manages one worker process: starts it, exchanges messages with it, watches its time and memory, and ends it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, cast

import psutil

from ..adapters.worker.isolation import resident
from ..adapters.worker.protocol import Ready, Task
from ..cases.errors import HarnessFault
from ..cases.text import printable
from ..environments.find import EnvironmentSpec, look, variables_of
from ..environments.interpreters import command, inherited
from ..environments.managed.request import too_old
from .bundle import BOOT
from .limits import Limits

START_TIMEOUT = 300  # seconds, enough for a large framework on a cold disk
OWN = 300  # seconds for a worker's own work on the arrays of one case
GRACE = 20  # seconds beyond these and the time limit that an isolated worker has to report on a task that it ended
REPLIES = {"ready", "failed", "started", "own", "broken", "n"}  # each of a worker's messages has one of these
POLL = 0.1  # seconds between looks at the clock and at memory
KEPT = 4  # a framework may retain 1/4 of a case's memory limit before its worker is restarted


class Death(Exception):
    """The worker has ended. ``outcome`` is crashed, timed out or out of memory; ``log`` is the start of its log."""

    def __init__(self, outcome: str, signal_name: str = "", log: str = "") -> None:
        super().__init__(outcome)
        self.outcome, self.signal_name, self.log = outcome, signal_name, log


class Stopped(Exception):
    """The run was stopped while a worker was busy."""


class WorkerProcess:
    """One worker. Call ``start`` before ``send`` and ``receive``, and again after a Death.

    An ``isolated`` worker does each task in a child process, if it can fork, and reports how the child ended.
    """

    boot: ClassVar[str] = BOOT
    replies: ClassVar[set[str]] = REPLIES

    def __init__(
        self,
        spec: EnvironmentSpec,
        bundle: Path,
        log: Path,
        limits: Limits,
        stop: threading.Event,
        isolated: bool = False,
        launch: Callable[[Callable[[], Any]], Any] = lambda start: start(),
    ) -> None:
        """``log`` is the file for what it prints, in the folder of its temporary files; ``launch`` starts a process."""
        self.isolated, self.launch = isolated, launch
        self.forks = False  # whether it does each task in a child, which it cannot where the framework starts threads
        self.spec, self.bundle, self.limits, self.stop = spec, bundle, limits, stop
        self.log_path = log
        self.process: subprocess.Popen[str] | None = None
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.memory_at_start = 0
        self.swept = False
        self.idle = True  # whether every task that it was sent is answered
        self.ready: Ready | None = None  # its description of itself, once it is started

    def start(self) -> Ready:
        """Return the new worker's description of itself, once its framework is imported; end any earlier process.

        Raise HarnessFault if the worker cannot start: no such interpreter, no framework, a broken build.
        """
        self.kill()
        if self.spec.problem:
            raise HarnessFault(f"environment {printable(self.spec.label, 60)!r}: {self.spec.problem}")
        limits = str(self.limits.memory), str(self.limits.timeout if self.isolated else 0)
        arguments = str(self.bundle), self.spec.adapter, str(self.log_path), *limits
        # A killed framework leaves files there, such as TensorFlow's generated code; they are deleted with the run.
        variables = {**inherited(os.environ), **variables_of(self.spec), "TMPDIR": str(self.log_path.parent)}
        self.lines, self.swept, self.idle = queue.Queue(), False, True
        try:
            with self.log_path.open("w"), self.log_path.open("a") as log:
                start = partial(
                    subprocess.Popen[str],
                    command(self.spec.python, self.boot, *arguments),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=variables,
                    encoding="utf-8",
                    errors="replace",  # a line that is not ours is quoted in an error, whatever its encoding
                    start_new_session=True,  # so that only the controller handles a Ctrl-C at the terminal
                )
                process: subprocess.Popen[str] = self.launch(start)
                self.process = process
        except OSError as error:
            raise HarnessFault(f"{self._name()} cannot be started: {error.strerror}: {self.spec.python}") from None
        threading.Thread(target=_pump, args=(process, self.lines), daemon=True).start()
        try:
            reply = self._next(START_TIMEOUT)
        except Death as death:
            how = death.signal_name or death.outcome
            raise HarnessFault(f"{self._name()} ended while starting ({how}){_last_words(death.log)}") from None
        if "failed" in reply:
            self.kill()
            raise HarnessFault(f"{self._name()} does not work: {self._too_old()}{printable(reply['failed'], 500)}")
        with contextlib.suppress(psutil.Error):
            self.memory_at_start = self._resident()
        self.ready = cast(Ready, reply)
        self.forks = bool(reply.get("forks"))
        return self.ready

    @property
    def runs(self) -> bool:
        """Whether the process is running, as far as is known."""
        return self.process is not None and self.process.returncode is None

    @property
    def alive(self) -> bool:
        """Whether the process is running, after asking the system."""
        return self.process is not None and self.process.poll() is None

    @property
    def grown(self) -> int:
        """Bytes of memory that the process holds beyond what its import took."""
        return self._resident() - self.memory_at_start

    @property
    def worn(self) -> bool:
        """Whether the framework retains so much memory that the process has to be started again."""
        return self.grown > self.limits.memory // KEPT

    def _name(self) -> str:
        return f"environment {printable(self.spec.label, 60)!r} ({self.spec.python}, from {self.spec.origin})"

    def _too_old(self) -> str:
        """Return that a framework is older than its adapter supports, as the beginning of the reason that it fails."""
        found = look(self.spec)
        why = too_old(self.spec.adapter, found.packages) if found else ""
        return f"{why}: " if why else ""

    def send(self, tasks: list[Task]) -> None:
        """Send tasks. If the worker has ended, the next ``receive`` raises."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.idle = False
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps({"tasks": tasks}) + "\n")
            self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """Return the next message.

        Raise Death if the process has ended, Stopped if the run was stopped, HarnessFault if our own code failed.
        """
        # A worker that forks ends its tasks itself, and needs time to do so.
        timeout = self.limits.timeout + OWN + GRACE if self.forks else self.limits.timeout
        reply = self._next(timeout, self.limits.memory)
        while "own" in reply:  # the time limit covers the framework's work only
            reply = self._own() if reply["own"] else self._next(timeout, self.limits.memory)
        if "broken" in reply:
            raise HarnessFault(f"{self._name()}: convparity's own code failed{_last_words(reply['broken'])}")
        return reply

    def _own(self) -> dict[str, Any]:
        """Return the message that ends the worker's own work. Raise HarnessFault if that takes too long."""
        try:
            return self._next(OWN, self.limits.memory)
        except Death as death:
            if death.outcome != "timed out":
                raise
            why = f"{self._name()}: convparity's own work on an array took over {OWN} s"
            raise HarnessFault(why) from None

    def _next(self, timeout: float, memory: int | None = None) -> dict[str, Any]:
        assert self.process is not None
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self.lines.get(timeout=POLL)
                break
            except queue.Empty:
                pass
            if self.stop.is_set():
                self.kill()
                raise Stopped
            if time.monotonic() > deadline:
                raise self._death("timed out")
            if memory is not None and self.grown > memory:
                raise self._death("out of memory")
        if line is None:
            raise self._death("crashed")
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict) or not reply.keys() & self.replies:
            self.kill()
            raise HarnessFault(
                f"{self._name()} printed {printable(line.strip(), 100)!r} where a worker's replies are expected; "
                "make whatever starts this interpreter print to standard error, or print nothing"
            )
        return reply

    def _resident(self) -> int:
        assert self.process is not None
        try:
            alone: int = psutil.Process(self.process.pid).memory_info().rss
            if self.forks:
                return alone  # it watches its forks itself
            return resident(self.process.pid) or alone  # where the system does not list its children
        except psutil.Error:
            return 0

    def _death(self, outcome: str) -> Death:
        assert self.process is not None
        if outcome == "crashed":
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=10)  # its pipe is closed, but it may still be writing to its log
        self.kill()
        log = self.log_path.read_text(errors="replace")[:4000]
        return Death(outcome, _signal_name(self.process.returncode) if outcome == "crashed" else "", log)

    def kill(self) -> None:
        """Kill the process and its children. It has nothing to save, and frameworks take long to exit by themselves."""
        if self.process is None:
            return
        if self.runs:  # otherwise its id may belong to another process by now
            with contextlib.suppress(psutil.Error):
                for child in psutil.Process(self.process.pid).children(recursive=True):
                    with contextlib.suppress(psutil.Error):
                        child.kill()
            self.process.kill()
            self.process.wait()
        self._kill_group()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):  # unsent requests, which nobody will read
                self.process.stdin.close()

    def _kill_group(self) -> None:
        """Kill the processes that a worker which is dead has left in its group."""
        if hasattr(os, "killpg") and self.process is not None and not self.swept:
            self.swept = True  # later, its number may be that of another group
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)


def _pump(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    """Move the worker's lines into a queue, so that waiting for one can have a time limit."""
    assert process.stdout is not None
    with contextlib.suppress(OSError, ValueError), process.stdout:
        for line in process.stdout:
            if line.endswith("\n"):  # otherwise the worker died while it wrote the line
                lines.put(line)
    lines.put(None)


def _signal_name(returncode: int) -> str:
    if returncode < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-returncode).name
        return f"signal {-returncode}"
    return f"exit status {returncode}"


def _last_words(log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    return f": {printable(lines[-1], 300)}" if lines else ""
