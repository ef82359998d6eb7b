"""Lends the workers of a Ray cluster: what is sent to one is run by a task of Ray on some node.

A task that is lost with its node is run again by Ray; its observations come when it has ended, so none comes twice.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ..adapters.worker import protocol
from ..cache.fingerprint import EVERYTHING
from ..cases.errors import HarnessFault, InputError
from ..cases.text import printable
from ..environments.find import EnvironmentSpec
from ..environments.ready import with_lock
from ..runs.lending import serving
from ..runs.working import working
from ..workers.limits import Limits
from ..workers.process import Stopped
from . import node
from .node import Part

SCHEME = "ray://"
RETRIES = 3  # times that a task is run again after its node or its process was lost
MOST = 1000  # tasks at once: each has a thread here, and more would answer faster than this process can judge
MANY = 100  # remaining tasks that are worth another worker, because the nodes have nothing else to do
POLL = 0.5  # seconds between looks at whether the run was stopped
PATIENCE = 5.0  # seconds for an address to answer
INSTALL = "pip install 'convparity[ray]'"
START = (
    "start one with `ray start --head` and, on each other node, `ray start --address=HOST:6379`. A node that times out "
    "while it starts is often one whose packages have no byte code, on a slow disk: run `python -m compileall -q` on "
    "its site-packages first, because Ray allows its own processes 15 s"
)


def address(text: str) -> str:
    """Return the address that Ray is given for ``--on``. Raise InputError for a text of another form."""
    if text == "ray":
        return "auto"
    host, colon, port = text.removeprefix(SCHEME).rpartition(":")
    if not text.startswith(SCHEME) or not host or not colon or not (port.isascii() and port.isdecimal()):
        allowed = "expected ray, for the cluster that this machine is in, or ray://HOST:PORT, such as ray://head:10001"
        raise InputError([f"--on: {printable(text, 60)!r} is not a cluster; {allowed}"])
    return text


@contextmanager
def cluster(text: str) -> Iterator[None]:
    """Let every run inside the block have its tasks done by the cluster of a text, as ``--on`` has it.

    Raise InputError for a text that names no cluster, HarnessFault if Ray is missing or the cluster does not answer.
    """
    where = address(text)
    try:
        import ray
    except ImportError:
        raise HarnessFault(f"--on {text}: Ray is not installed; {INSTALL}, here and on every node") from None
    _connect(ray, where, text)
    try:
        with serving(Cluster(ray)):
            yield
    finally:
        ray.shutdown()


def _connect(ray: Any, where: str, text: str) -> None:
    """Connect to a cluster. Raise HarnessFault if that fails."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        if where.startswith(SCHEME):  # Ray itself would try for half a minute
            host, _, port = where.removeprefix(SCHEME).rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
        ray.init(where, log_to_driver=False, logging_level="ERROR")
    except (OSError, OverflowError):  # the latter for a port that is no port
        raise HarnessFault(f"--on {text}: no cluster answers; {START}") from None
    except Exception as error:  # Ray has many, such as for a cluster of another version
        said = printable(" ".join(str(error).split()), 400)
        raise HarnessFault(f"--on {text}: the cluster cannot be used: {said}") from None
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)  # Ray's own would end this process without what it has to write


class Cluster:
    """The workers of a cluster, as many as it has processors."""

    def __init__(self, ray: Any) -> None:
        """Raise HarnessFault if the cluster has no processor."""
        self.ray = ray
        self.width = self.each = min(int(ray.cluster_resources().get("CPU", 0)), MOST)
        if not self.width:
            raise HarnessFault("--on: the cluster has no processor for tasks; add a node, or start it with --num-cpus")
        self.many = MANY
        task = ray.remote(num_cpus=1, max_retries=RETRIES)
        self.look, self.observe = task(node.looked_at), task(node.observed)

    def known(self, specs: Sequence[EnvironmentSpec]) -> list[EnvironmentSpec]:
        """Return environments as one node has them, which makes those that convparity makes."""
        with working("looking at the environments in the cluster, and making those that are missing"):
            looks = [Sent(self.ray, self.look.remote(spec)) for spec in with_lock(specs)]
            return [look.part().spec for look in looks]

    def take(
        self, spec: EnvironmentSpec, limits: Limits, stop: threading.Event, isolated: bool = False
    ) -> ClusterWorker:
        """Return a worker for an environment, which is at no node before it has tasks."""

        def send(afresh: bool, tasks: list[protocol.Task]) -> Sent:
            return Sent(self.ray, self.observe.remote(spec, limits, isolated, afresh, tasks))

        return ClusterWorker(spec, stop, send)

    def rest(self, worker: ClusterWorker) -> None:
        """Do nothing: the nodes end workers that rest."""

    def give(self, worker: ClusterWorker) -> None:
        """Do nothing: a worker that has no tasks is at no node."""


@dataclass(frozen=True)
class Sent:
    """A task of Ray, by its reference."""

    ray: Any
    ref: Any

    def part(self, stop: threading.Event | None = None) -> Part:
        """Return what the node did. Raise Stopped if the run is stopped before, HarnessFault if Ray gives up."""
        future: Future[Part] = self.ref.future()
        while not wait([future], POLL).done:
            if stop and stop.is_set():
                with suppress(Exception):
                    self.ray.cancel(self.ref)
                raise Stopped
        try:
            part = future.result()
        except Exception as error:  # whatever Ray says of a task that did not end by itself
            hint = f"is the same convparity, with Ray, installed on every node? ({INSTALL})"
            raise HarnessFault(f"--on: the cluster could not run a task: {_said(error)}; {hint}") from None
        if part.code != EVERYTHING:
            raise HarnessFault(f"--on: node {part.name} has another convparity than this machine; install the same")
        return part


class ClusterWorker:
    """A worker that is at another node for each of its requests, or at the same."""

    forks = runs = False
    worn = False  # the nodes see to that
    idle = True

    def __init__(
        self,
        spec: EnvironmentSpec,
        stop: threading.Event,
        submit: Callable[[bool, list[protocol.Task]], Sent],
    ) -> None:
        self.spec, self.stop, self.submit = spec, stop, submit
        self.packages = spec.installed.packages if spec.installed else {}
        self.ready: protocol.Ready | None = None
        self.messages: list[dict[str, Any]] = []
        self.ended: Exception | None = None
        self.afresh = False

    def start(self) -> None:
        """Have the next tasks done by a process that has done nothing else."""
        self.runs = self.afresh = True

    def send(self, tasks: list[protocol.Task]) -> None:
        """Have tasks done by a node, and wait for its answers. Raise HarnessFault or Stopped where there are none."""
        part = self.submit(self.afresh, tasks).part(self.stop)
        has = part.spec.installed.packages if part.spec.installed else {}
        if part.ready and has != self.packages:
            differ = ", ".join(
                f"{name} {version}" for name, version in has.items() if self.packages.get(name) != version
            )
            raise HarnessFault(
                f"environment {printable(self.spec.label, 60)!r} is not the same on all nodes: {part.name} has {differ}"
            )
        self.afresh = False
        self.spec, self.ready = part.spec, part.ready
        self.forks = bool(part.ready and part.ready.get("forks"))
        self.messages, self.ended = list(reversed(part.messages)), part.ended

    def receive(self) -> dict[str, Any]:
        """Return the next message of the node. Raise what has ended its worker after the last."""
        if self.messages:
            return self.messages.pop()
        self.runs = False
        raise self.ended or HarnessFault(f"--on: node sent too few answers for {printable(self.spec.label, 60)!r}")


def _said(error: Exception) -> str:
    """Return the last line of an error of Ray, whose texts are long."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return printable(lines[-1] if lines else type(error).__name__, 300)
