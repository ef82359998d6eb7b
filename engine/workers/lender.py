"""The seam between a run and its workers: what a run asks of a worker, and of whatever lends it workers.

A :class:`~convparity.workers.pool.Pool` lends processes of this machine; :mod:`convparity.clusters` lends those of
other machines.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

from ..adapters.worker.protocol import Ready, Task
from ..environments.find import EnvironmentSpec
from .limits import Limits


class Worker(Protocol):
    """A worker of one environment.

    ``spec`` is the environment as it is where the worker runs, and ``ready`` is its description once that is known.
    ``runs`` is false before the first start and after a death, and ``worn`` is true where it ought to be started again.
    ``idle`` says that all tasks are answered, and ``forks`` that each of them is done in a process of its own.
    """

    spec: EnvironmentSpec
    ready: Ready | None
    forks: bool
    idle: bool

    @property
    def runs(self) -> bool: ...

    @property
    def worn(self) -> bool: ...

    def start(self) -> object:
        """Start it afresh. Raise HarnessFault if it cannot start."""

    def send(self, tasks: list[Task]) -> None:
        """Send tasks, each of which is answered by ``receive``."""

    def receive(self) -> dict[str, Any]:
        """Return the next message. Raise Death, Stopped or HarnessFault as a worker process does."""


class Lender(Protocol):
    """Lends workers to runs: at most ``width`` at once, and ``each`` to one environment.

    ``many`` is the number of remaining tasks from which another worker for an environment saves time.
    """

    width: int
    each: int
    many: int

    def known(self, specs: Sequence[EnvironmentSpec]) -> list[EnvironmentSpec]:
        """Return environments ready to run, with what is installed in them where that was looked at."""

    def take(self, spec: EnvironmentSpec, limits: Limits, stop: threading.Event, isolated: bool = False) -> Worker:
        """Return a worker for an environment."""

    def rest(self, worker: Any) -> None:
        """Let a worker rest while another one takes its place within a run."""

    def give(self, worker: Any) -> None:
        """Take a worker back."""
