"""What a node of a cluster does: it looks at an environment, and observes in it with an ordinary worker.

The worker is kept for the next tasks of its environment. It ends with the process that this runs in.
"""

from __future__ import annotations

import atexit
import platform
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ..adapters.worker.protocol import Ready, Task
from ..cache.fingerprint import EVERYTHING, of_machine
from ..cases.errors import HarnessFault
from ..environments.find import EnvironmentSpec, Installed, look
from ..runs.lending import warm
from ..runs.working import in_background
from ..workers.limits import Limits
from ..workers.pool import Pool
from ..workers.process import Death

IDLE = 60.0  # seconds after which a worker that has no tasks leaves its memory to others
MISSING = Installed({}, {}, "it is not installed there")


@dataclass(frozen=True)
class Part:
    """What a node did: the environment as it is there, a worker's description, its messages, and what ended it if any.

    ``name`` is the node's, and ``code`` is a digest of the convparity that it has.
    """

    spec: EnvironmentSpec
    ready: Ready | None = None
    messages: Sequence[dict[str, Any]] = ()
    ended: Death | HarnessFault | None = None
    name: str = platform.node()
    code: str = EVERYTHING


@in_background()
def looked_at(spec: EnvironmentSpec) -> Part:
    """Return an environment as it is on this node, made first if convparity makes it."""
    return Part(_here(spec))


@in_background()
def observed(spec: EnvironmentSpec, limits: Limits, isolated: bool, afresh: bool, tasks: list[Task]) -> Part:
    """Return what a worker answers to tasks; with ``afresh``, one that has done nothing else."""
    here = _here(spec)
    messages: list[dict[str, Any]] = []
    ended: Death | HarnessFault | None = None
    worker = _pool().take(here, limits, threading.Event(), isolated)
    try:
        if afresh or not worker.runs or worker.worn:
            worker.start()
        worker.send(tasks)
        left = {task["n"] for task in tasks}
        while left:
            messages.append(worker.receive())
            left.discard(messages[-1].get("n", -1))
        worker.idle = True
    except (Death, HarnessFault) as error:
        ended = error
    finally:
        _pool().give(worker)
    return Part(here, worker.ready, messages, ended)


def _here(spec: EnvironmentSpec) -> EnvironmentSpec:
    """Return an environment with what is installed in it and what else its observations depend on here."""
    here = replace(spec, installed=None, machine=None)
    try:
        (here,) = _pool().known([here])
    except HarnessFault as fault:
        here = replace(here, problem=str(fault))
    found = here.installed or look(here) or MISSING
    return replace(here, installed=found, machine=of_machine(here, found))


@cache
def _pool() -> Pool:
    """Return the pool of this process, in which one worker waits: others have its memory."""
    kept = ExitStack()
    atexit.register(kept.close)
    return kept.enter_context(warm(IDLE, most=1))
