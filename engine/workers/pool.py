"""Lends worker processes to runs. A pool that keeps them lends the same ones again, with their frameworks imported."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ..environments.find import EnvironmentSpec, Installed, installed, variables_of
from ..environments.ready import ready
from .bundle import write_bundle
from .limits import Limits
from .process import WorkerProcess
from .surroundings import packages, surroundings

IDLE = 600.0  # seconds after which a worker that nobody has used is ended
MANY = 1000  # remaining tasks from which a second worker saves more time than its start takes
POLL = 1.0  # seconds between looks at idle workers, at most
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """The workers that may stand for each other, while their surroundings are the same."""

    adapter: str
    python: str
    limits: Limits
    isolated: bool
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Resting:
    """A worker that waits for its next run, since a time on the monotonic clock."""

    worker: WorkerProcess
    since: float
    surroundings: tuple[object, ...]


class Pool:
    """Worker processes in one temporary folder. With ``keep``, they outlive the run that they are lent to.

    A kept worker is ended once it was idle for ``idle`` seconds, and ``most`` of them wait at once. Every thread may
    use a pool.
    """

    def __init__(self, folder: Path, keep: bool = False, idle: float = IDLE, most: int | None = None) -> None:
        self.folder, self.keep, self.idle, self.most = folder, keep, idle, most
        self.width, self.each, self.many = max(os.cpu_count() or 1, 2), 2, MANY
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self.numbers = itertools.count()
        self.bundles: dict[tuple[str, bytes], Path] = {}
        self.looks: dict[str, tuple[tuple[tuple[str, int], ...], dict[str, Installed]]] = {}
        self.lent: dict[WorkerProcess, tuple[Place, tuple[object, ...]]] = {}
        self.resting: dict[Place, list[Resting]] = defaultdict(list)
        # Linux ends a worker with the thread that has started it, so kept ones are started in a thread of the pool.
        self.starter = ThreadPoolExecutor(1, "convparity-workers") if keep else None
        if keep:
            threading.Thread(target=self._watch, daemon=True).start()

    def take(
        self, spec: EnvironmentSpec, limits: Limits, stop: threading.Event, isolated: bool = False
    ) -> WorkerProcess:
        """Return a worker for an environment: a kept one that still runs, else one that has to be started."""
        variables = tuple(sorted(variables_of(spec).items()))
        place, around = Place(spec.adapter, spec.python, limits, isolated, variables), surroundings(spec)
        with self.lock:
            waiting = self.resting[place]
            while waiting:
                found = waiting.pop()
                if found.surroundings == around and found.worker.alive:
                    found.worker.spec, found.worker.stop = spec, stop
                    self.lent[found.worker] = place, around
                    return found.worker
                found.worker.kill()
            log = self.folder / f"{next(self.numbers)}.log"
            worker = WorkerProcess(spec, self._bundle(spec), log, limits, stop, isolated, self._launch)
            self.lent[worker] = place, around
        return worker

    def rest(self, worker: WorkerProcess) -> None:
        """End a worker that another one takes the place of within a run, unless workers are kept."""
        if not self.keep:
            worker.kill()

    def give(self, worker: WorkerProcess) -> None:
        """Take a worker back. It is kept if workers are, and if it waits for tasks."""
        with self.lock:
            place, around = self.lent.pop(worker)
            if self.keep and not self.closed.is_set() and worker.idle and worker.alive:
                self.resting[place].append(Resting(worker, time.monotonic(), around))
                self._end_the_oldest()
                return
        worker.kill()

    def known(self, specs: Sequence[EnvironmentSpec]) -> list[EnvironmentSpec]:
        """Return environments, made if need be, with what is installed in them.

        Only those that are new or have changed are looked at.
        """
        specs = ready(specs)
        times = {spec.python: packages(spec.python) for spec in specs if spec.installed is None}
        new = [python for python, found in times.items() if self.looks.get(python, (None, {}))[0] != found]
        with ThreadPoolExecutor() as threads:
            for python, found in zip(new, threads.map(installed, new), strict=True):
                self.looks[python] = times[python], found
        return [
            spec if spec.installed else replace(spec, installed=self.looks[spec.python][1].get(spec.adapter))
            for spec in specs
        ]

    def close(self) -> None:
        """End all workers."""
        self.closed.set()
        with self.lock:
            workers = [*self.lent, *(one.worker for waiting in self.resting.values() for one in waiting)]
            self.resting.clear()
        for worker in workers:
            worker.kill()
        if self.starter:
            self.starter.shutdown()

    def _end_the_oldest(self) -> None:
        """End the workers that have waited longest, where more of them wait than are to be kept."""
        waiting = sorted((one for some in self.resting.values() for one in some), key=lambda one: one.since)
        for old in waiting[: -self.most] if self.most else ():
            next(some for some in self.resting.values() if old in some).remove(old)
            old.worker.kill()

    def _bundle(self, spec: EnvironmentSpec) -> Path:
        """Return the zip of the code that an environment's worker runs, which is written once."""
        key = spec.adapter, spec.own.text if spec.own else b""
        if key not in self.bundles:
            folder = self.folder / f"code-{len(self.bundles)}"
            folder.mkdir()
            self.bundles[key] = write_bundle(folder, [spec])
        return self.bundles[key]

    def _launch(self, start: Callable[[], T]) -> T:
        """Call a function that starts a process, in the thread that lives as long as the process may."""
        return self.starter.submit(start).result() if self.starter else start()

    def _watch(self) -> None:
        """End workers that have been idle for long, until the pool is closed."""
        while not self.closed.wait(min(self.idle / 4, POLL)):
            before = time.monotonic() - self.idle
            with self.lock:
                old = [one for waiting in self.resting.values() for one in waiting if one.since < before]
                for waiting in self.resting.values():
                    waiting[:] = [one for one in waiting if one.since >= before]
            for one in old:
                one.worker.kill()
