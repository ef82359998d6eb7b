"""All cases in one environment: hands out tasks to its workers, and takes their observations."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..adapters.running import on_cpu
from ..adapters.worker import protocol
from ..cache import fingerprint
from ..cache.store import Shelf
from ..cases.case import Case
from ..cases.errors import HarnessFault
from ..cases.reference import Reference
from ..environments.find import EnvironmentSpec, variables_of
from ..report.compiled_json import compact
from ..report.results.comparison import compared
from ..report.results.file import Key
from ..report.results.observation import Observation
from ..report.verdicts.judging import judge, misdeclares
from ..report.verdicts.verdict import Verdict
from ..workers.lender import Lender, Worker
from ..workers.process import Death, Stopped
from . import lines
from .following import decided, following
from .shared import Shared
from .task import Task

CHUNK = 100  # tasks sent to a worker at a time
LOADED_AT_ONCE = 500  # tasks looked up in the cache at a time
IDLE_DEATHS = 3  # deaths with no case in flight after which an environment is given up
# Other outcomes, and errors about memory and the like, may depend on what else the machine was doing.
CACHED = ("ran", "raised", "inferred", "refused", "inexpressible", "no port")
OWN_SIGNALS = ("SIGABRT", "SIGFPE", "SIGILL")  # caused by the process itself; SIGSEGV may come from lack of memory
ABOUT_RESOURCES = re.compile(
    "memory|alloc|exhausted|no space left|too many open files|temporarily unavailable|start new thread|quota",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Measured:
    """A measured sampling: the case that it was measured for, and the fields of its observation as compressed JSON."""

    case: str
    packed: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the observation."""
        fields: dict[str, Any] = json.loads(zlib.decompress(self.packed))
        return fields

    @property
    def taken_over(self) -> dict[str, Any]:
        """The fields of the observation of another case that is given this sampling."""
        return {**self.fields, "measured_for": self.case}


class EnvironmentRun:
    """All cases in one environment, run by one worker or more; ``lock`` guards the state that they share."""

    def __init__(self, spec: EnvironmentSpec, shared: Shared, pool: Lender) -> None:
        self.spec, self.shared, self.pool = spec, shared, pool
        self.lock = threading.RLock()
        self.begun = threading.Event()  # set once the tasks to run are known
        self.ended = False  # whether a fault has ended this environment
        self.recorder, self.references, self.settings = shared.recorder, shared.references, shared.settings
        self.shelf: Shelf | None = None
        self.about: dict[str, Any] | None = None  # the description of the environment in the cache
        self.described = False  # whether the environment is in the results
        self.told: dict[Worker, protocol.Ready] = {}  # the descriptions that workers gave of it
        self.unsaved: dict[str, str] = {}  # observations to store in the cache
        self.new: deque[Task] = deque()  # not looked up in the cache yet
        self.pending: deque[Task] = deque()  # to be run
        self.risky: deque[Task] = deque()  # to be run last, each in a process of its own
        self.sampled: dict[str, Measured] = {}  # measured samplings by task key
        self.measured_lines: dict[str, Measured] = {}  # the first sampling of each line, whether or not it was a check
        self.awaiting: dict[str, list[Task]] = {}  # samplings to be measured, with other tasks that they answer
        self.done = 0
        self.handed = 0  # number of tasks that the workers have
        self.idle_deaths = 0

    def run(self, cases: Iterable[Case]) -> None:
        """Observe everything. A HarnessFault is recorded and ends only this environment."""
        want: protocol.Want = "shape" if self.settings.shapes_only else "values"
        try:
            with self._faults_recorded(), self.lock:
                where, label = self.shared.where, self.spec.label
                here = [case for case in cases if where is None or label in where[case.id]]
                tasks = [Task(case, case.input, want=want) for case in here]
                if (given := self.shared.given) is not None:
                    found = [(task, given.get((self.spec.label, task.case.id))) for task in tasks]
                    tasks = [task.then(given=one[0], own=one[1]) for task, one in found if one]
                self.new.extend(left for task in tasks for left in self._outstanding(task))
                shelves = self.shared.shelves
                if self.new and shelves and (shelf := shelves.environments.get(self.spec.label)):
                    self.shelf, self.about = shelf, shelf.about
                self._take_cached()
        finally:
            self.begun.set()
        self._work()

    def assist(self) -> None:
        """Run a share of the remaining tasks with another worker, if many remain."""
        self.begun.wait()
        if len(self.pending) >= self.pool.many:
            self._work()

    def _work(self) -> None:
        """Observe with a worker until no task is left to send."""
        stop, limits = self.shared.stop, self.settings.limits
        plain, isolated = (self.pool.take(self.spec, limits, stop, isolated) for isolated in (False, True))
        try:
            with self._faults_recorded():
                while not self.ended and not stop.is_set() and (chunk := self._chunk()):
                    worker, other = (isolated, plain) if chunk[0].risky else (plain, isolated)
                    if not worker.runs or chunk[0].afresh or worker.worn:
                        self.pool.rest(other)
                        worker.start()
                    self._observe(worker, chunk)
                    with self.lock:
                        self._save()
                        self._take_cached()
        finally:
            self.pool.give(plain)
            self.pool.give(isolated)
            with self.lock:
                self._save()

    @contextlib.contextmanager
    def _faults_recorded(self) -> Iterator[None]:
        """Let a fault end this environment, and record it once."""
        try:
            yield
        except HarnessFault as fault:
            with self.lock:
                first, self.ended = not self.ended, True
            if first:
                self.recorder.write({"kind": "fault", "environment": self.spec.label, "message": str(fault)})
        except Stopped:
            pass

    def _take_cached(self) -> None:
        """Take new tasks, and the tasks that follow from them, from the cache; queue those that it does not have."""
        at_once = min(LOADED_AT_ONCE, self.settings.max_findings or LOADED_AT_ONCE)
        while self.new and self.shelf and self.about and not self.shared.stop.is_set():
            some = [self.new.popleft() for _ in range(min(at_once, len(self.new)))]
            texts = self.shelf.load({task.key for task in some})
            if texts and not self.described:
                self._describe(self.about)
            for task in some:
                text = texts.get(task.key)
                known = self.sampled.get(task.key)
                if text and (
                    observation := self.recorder.add_cached(self._key(task), text, known.case if known else "")
                ):
                    if task.want == "sampling":
                        self._measured(task, text)
                    self._follow(task, observation)
                else:
                    self._queue(task)
            self.recorder.flush()
            if texts:
                self._progress()
            self._drop_the_rest(self.new)
        while self.new:
            self._queue(self.new.popleft())

    def _queue(self, task: Task) -> None:
        """Queue a task, unless it is a sampling that is or will be measured for another layer."""
        if task.want == "sampling":
            if task.key in self.sampled:
                self._record(task, self.sampled[task.key].taken_over)
                return
            if task.key in self.awaiting:
                self.awaiting[task.key].append(task)
                return
            self.awaiting[task.key] = []
        (self.risky if task.risky else self.pending).append(task)

    def _started(self, worker: Worker, reply: protocol.Ready) -> None:
        """Record a worker's description of its environment, which must be the same as any in the cache."""
        about = {"adapter": self.spec.adapter, "interpreter": worker.spec.python, **reply}
        shelf = self.shelf if self._alike(worker) else None
        if shelf and self.about and self.about["ready"] != reply["ready"]:
            shelf.forget()
            self.about = None
            if self.described:
                raise HarnessFault(
                    f"environment {self.spec.label!r} is not the same as when its observations were cached; "
                    "they have been deleted from the cache: run again"
                )
        if not self.described:
            self._describe(about)
        if shelf:
            shelf.describe(about)

    def _alike(self, worker: Worker) -> bool:
        """Return whether a worker's machine is like the one whose observations the cache has."""
        return worker.spec.machine == self.spec.machine

    def _describe(self, about: dict[str, Any]) -> None:
        self.described = True
        limits = self.settings.limits
        details = {
            **about["ready"],
            "processor": fingerprint.processor_name(self.spec),
            "origin": self.spec.origin,
            "log": about["log"],
            "timeout": limits.timeout,
            "memory": limits.memory,
            "variables": variables_of(self.spec),
        }
        if self.settings.shapes_only:
            details["shapes_only"] = True
        line = {"kind": "environment", "label": self.spec.label, "adapter": self.spec.adapter}
        try:
            self.recorder.write({**line, "packages": details.pop("packages"), "details": details})
        except ValueError as conflict:
            raise HarnessFault(f"{conflict}: the results hold other versions already; write to a new file") from None

    def _outstanding(self, task: Task) -> Iterator[Task]:
        """Yield a task, or if it was observed earlier, the tasks that follow from it and were not."""
        observation = self.recorder.results.observations.get(self._key(task))
        if observation is None or not observation.has(task.want) or (task.itself and not observation.itself):
            yield task
            return
        for one in self._next(task, self.references[task.case], observation):
            yield from self._outstanding(one)

    def _key(self, task: Task) -> Key:
        return self.spec.label, task.case.id, task.input, task.spelling

    def _chunk(self) -> list[Task]:
        """Return the next tasks to send: up to CHUNK of them, or one that has to be alone; none if none are left."""
        with self.lock:
            self._drop_the_rest(self.pending, self.risky)
            queue = self.pending or self.risky
            chunk = [queue.popleft()] if queue else []
            most = min(CHUNK, self.settings.max_findings or CHUNK)
            while queue and len(chunk) < most and not (chunk[0].alone or queue[0].alone):
                chunk.append(queue.popleft())
            self.handed += len(chunk)
        return chunk

    def _drop_the_rest(self, *queues: deque[Task]) -> None:
        """Where enough layers fail, leave only the tasks that explain these."""
        if self.shared.enough:
            for queue in queues:
                kept = [task for task in queue if task.case.id in self.shared.failing]
                queue.clear()
                queue.extend(kept)

    def _observe(self, worker: Worker, tasks: list[Task]) -> None:
        worker.send([task.message(n) for n, task in enumerate(tasks)])
        if worker.ready and worker.ready is not self.told.get(worker):
            self.told[worker] = worker.ready
            with self.lock:
                self._started(worker, worker.ready)
        alike = self._alike(worker)
        open_tasks = dict(enumerate(tasks))
        in_flight: dict[int, dict[str, Any]] = {}
        try:
            while open_tasks:
                reply = worker.receive()
                if "started" in reply:
                    in_flight = {started.pop("n"): started for started in reply["started"]}
                    continue
                n = reply.pop("n")
                in_flight.pop(n, None)
                if n not in open_tasks:  # sent by a process that the framework forked and that returned to our code
                    raise HarnessFault(
                        f"environment {self.spec.label!r} answered a task that it was not given, or answered one twice"
                    )
                task = open_tasks.pop(n)
                # A task refused for its memory before it had a source, such as too large a probe, always is.
                ran_out = reply.get("outcome") == "out of memory" and "source" in reply
                with self.lock:
                    self.handed -= 1
                    if ran_out and not (worker.forks or task.afresh):
                        self.pending.appendleft(task.again(afresh=True))
                    else:
                        self._take(task, reply, alike)
            worker.idle = True
        except Death as death:
            with self.lock:
                self.handed -= len(open_tasks)
                self._after_death(death, open_tasks, in_flight, alike)

    def _after_death(
        self, death: Death, open_tasks: dict[int, Task], in_flight: dict[int, dict[str, Any]], alike: bool
    ) -> None:
        """Record the death of a worker for the task that caused it, or queue the tasks in flight to be tried alone."""
        suspects = [open_tasks.pop(n) for n in sorted(in_flight)]
        if not suspects:
            self.idle_deaths += 1
            if self.idle_deaths == IDLE_DEATHS:
                raise HarnessFault(f"environment {self.spec.label!r} died {IDLE_DEATHS} times between cases")
        queue = self.risky if any(task.risky for task in (*suspects, *open_tasks.values())) else self.pending
        queue.extendleft(reversed(open_tasks.values()))
        if len(suspects) == 1 and suspects[0].to_blame(death.outcome):
            (spelled,) = in_flight.values()
            fields = {"outcome": death.outcome, "signal": death.signal_name, "log": death.log}
            self._take(suspects[0], {**spelled, **fields}, alike)
        else:
            # Several tasks together may need too much memory, although each by itself does not.
            afresh = death.outcome == "out of memory" and len(suspects) == 1
            queue.extendleft(task.again(afresh) for task in reversed(suspects))

    def _take(self, task: Task, reply: dict[str, Any], alike: bool) -> None:
        """Record an observation, to be cached if it was made on a machine ``alike``; queue what follows from it."""
        self.idle_deaths = 0
        if task.want == "values":
            reply = compared(task.case, self.references[task.case], reply, on_cpu(self.spec.choices))
        apart = ("words", "note") if task.want == "sampling" else ()  # the request's, not the line's
        said = {name: value for name, value in reply.items() if value != "" and name not in apart}
        fields = {"want": task.want, **said}
        text = compact(fields)
        if alike and happens_again(fields):
            self.unsaved[task.key] = text
        else:
            self.shared.happens_again = False
        self._record(task, fields)
        if task.want == "sampling":
            measured = self._measured(task, text)
            for waiting in self.awaiting.pop(task.key, ()):
                self._record(waiting, measured.taken_over)
        self._progress()

    def _measured(self, task: Task, text: str) -> Measured:
        """Remember a sampling, given as JSON; report an error if its line read other elements for another case."""
        measured = self.sampled.setdefault(task.key, Measured(task.case.id, zlib.compress(text.encode(), 1)))
        first = self.measured_lines.setdefault(task.line, measured) if task.line else measured
        if first is measured:
            return measured
        known, fields = first.fields, json.loads(text)
        if happens_again(known) and happens_again(fields) and lines.read(known) != lines.read(fields):
            self.shared.happens_again = False
            told = (
                f"environment {self.spec.label!r} read other elements for {task.case.id} than for {first.case}, "
                f"by the same line on the same input: {fields.get('source', '')}"
            )
            self.recorder.write({"kind": "fault", "environment": self.spec.label, "message": told})
        return measured

    def _record(self, task: Task, fields: dict[str, Any]) -> None:
        key = self._key(task)
        environment, case, input, spelling = key
        line = {"kind": "observation", "environment": environment, "case": case, "input": input, "spelling": spelling}
        self.recorder.write({**line, **fields})
        self._follow(task, self.recorder.results.observations[key])

    def _follow(self, task: Task, observation: Observation) -> None:
        """Queue the tasks that follow from the observation of a task."""
        self.done += 1
        self.new.extend(self._next(task, self.references[task.case], observation))

    def _progress(self) -> None:
        if self.shared.progress:
            left = self.handed + len(self.new) + len(self.pending) + len(self.risky)
            self.shared.progress(self.spec.label, self.done, self.done + left)

    def _save(self) -> None:
        if self.shelf:
            self.shelf.save(self.unsaved)
        self.unsaved.clear()

    def _next(self, task: Task, reference: Reference, observation: Observation) -> Iterator[Task]:
        """Yield the tasks to observe next about a case, after counting its layer if that fails the run."""
        if self.settings.max_findings is not None and not self.shared.enough:
            self._count(task, reference, observation)
        yield from following(task, reference, observation, self.spec, self.settings)

    def _count(self, task: Task, reference: Reference, observation: Observation) -> None:
        if task.spelling != "as written" or not decided(task, reference, observation):
            return
        environment = self.recorder.results.environments[self.spec.label]
        verdict = judge(task.case, reference, observation)
        declares = misdeclares(observation)
        row = Verdict(task.case, environment, task.spelling, verdict, declares, reference, observation, foreseen=False)
        if self.settings.policy.fails(row):
            self.shared.failing.add(task.case.id)


def happens_again(fields: dict[str, Any]) -> bool:
    """Return whether repeating an observation must give the same, so that it is worth caching."""
    if fields["outcome"] == "crashed":
        return fields["signal"] in OWN_SIGNALS and not ABOUT_RESOURCES.search(fields.get("log", ""))
    return fields["outcome"] in CACHED and not ABOUT_RESOURCES.search(fields.get("error", ""))
