"""Takes cases through environments: hands out tasks, decides what to observe next, writes results as they come."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import IO, Any

from .. import __version__
from ..adapters import registry
from ..adapters.worker import probe, protocol
from ..cache import fingerprint
from ..cache.fingerprint import Shelves
from ..cache.store import Shelf
from ..cases.case import Case, Sizes
from ..cases.errors import HarnessFault, InputError
from ..cases.reference import Reference, References
from ..environments.find import EnvironmentSpec, variables_of
from ..report.results.comparison import compared
from ..report.results.file import Key, Results, header, resumed
from ..report.results.observation import UNUSABLE, Observation
from ..report.verdicts.judging import judge, needs_sampling
from ..report.verdicts.residues import sizes_to_run
from ..workers.bundle import write_bundle
from ..workers.limits import Limits
from ..workers.process import Death, Stopped, WorkerProcess
from .sharding import Shard

CHUNK = 100  # tasks handed over at a time
MANY = 1000  # tasks left to run from which a second worker gains more than its start takes
LOADED_AT_ONCE = 500  # tasks looked up in the cache
MOST = 1_000_000  # seconds or GB: what the system's own limits can hold
KEPT = 4  # the share of a case's memory, 1/4, that a framework may keep for itself before its worker is started anew
IDLE_DEATHS = 3  # deaths with no case in flight before the environment is given up
# All else, and anything to do with memory and the like, depends on what else the machine was doing.
CACHED = ("ran", "raised", "inferred", "refused", "inexpressible", "no port")
OWN_SIGNALS = ("SIGABRT", "SIGFPE", "SIGILL")  # a process brings on itself; SIGSEGV may come of no memory
ABOUT_RESOURCES = re.compile(
    "memory|alloc|exhausted|no space left|too many open files|temporarily unavailable|start new thread|quota",
    re.IGNORECASE,
)

_json = json.JSONEncoder(separators=(",", ":")).encode  # unlike json.dumps, makes no encoder every time

Progress = Callable[[str, int, int], None]  # environment, tasks done, tasks known


@dataclass(frozen=True)
class Settings:
    """How a run is done. ``timeout``, in seconds, and ``memory``, in GB beyond the import, are what a case may take.

    ``jobs`` is how many workers run side by side, by default as many as there are cores. With
    ``only_as_written`` neither ports nor other input sizes are run; with ``shapes_only`` nothing is, and each
    framework is asked for the shape that it infers. ``resume`` goes on with the results file. ``cache`` allows taking
    what was observed in an earlier run, and keeping what is observed in this one. Of the cases, only those of ``shard``
    are run. Raises InputError.
    """

    timeout: float = 30.0
    memory: float = 4.0
    jobs: int | None = None
    only_as_written: bool = False
    shapes_only: bool = False
    resume: bool = False
    cache: bool = True
    shard: Shard | None = None

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {value}; allowed is a number of {unit} above 0, at most {MOST:,}"
            for name, value, unit in (("timeout", self.timeout, "seconds"), ("memory", self.memory, "GB"))
            if not 0 < value <= MOST  # nor nan
        ]
        if problems:
            raise InputError(problems)

    @property
    def limits(self) -> Limits:
        """What a case may take."""
        return Limits(self.timeout, int(self.memory * 2**30))


@dataclass(frozen=True)
class Task:
    """One thing to observe.

    With ``itself``, the sampling is that of the layer itself, whose stand-in in the probe was refused.
    ``alone`` is set when it was in flight at a death and is tried again by itself; ``afresh`` too, when its memory ran
    out, in a worker that has done nothing else.
    """

    case: Case
    input: Sizes
    spelling: protocol.Written = "as written"
    want: protocol.Want = "values"
    itself: bool = False
    alone: bool = False
    afresh: bool = False

    def then(self, **changes: Any) -> Task:
        """What is to be observed next about the same case."""
        return replace(self, alone=False, afresh=False, **changes)

    def again(self, afresh: bool = False) -> Task:
        """The same by itself."""
        return replace(self, alone=True, afresh=afresh)

    def to_blame(self, outcome: str) -> bool:
        """Whether it is this task's own doing that its worker died, with no other in flight.

        A crash has to happen twice; of memory, what the framework kept of other cases may have taken too much.
        """
        return self.afresh if outcome == "out of memory" else self.alone or outcome == "timed out"

    @property
    def risky(self) -> bool:
        """Whether it may well kill its process: marked hostile, or of extreme parameters."""
        return self.case.hostile or self.case.extreme

    @cached_property
    def key(self) -> str:
        """What the cache knows it by; layers that only differ in what the probe does without share their samplings."""
        case = self.case
        if self.want == "sampling" and not self.itself:
            with contextlib.suppress(MemoryError):  # what is too large for the probe has no sibling
                case = probe.sibling(case)
        mark = "hostile " * case.hostile  # of which other things are asked
        return f"{mark}{case.key} {self.input} {self.spelling} {self.want}{' itself' * self.itself}"

    def message(self, n: int) -> protocol.Task:
        """The task as the worker reads it."""
        task: protocol.Task = {
            "n": n,
            "case": self.case.to_json(),
            "input": list(self.input),
            "spelling": self.spelling,
            "want": self.want,
        }
        if self.itself:
            task["itself"] = True
        return task


class Recorder:
    """The results file and its content in memory, shared by the threads of a run."""

    def __init__(self, file: IO[str], results: Results | None = None) -> None:
        self.file, self.results, self.lock = file, results or Results(), threading.Lock()
        self.from_cache = 0
        self.write(resumed() if results else header(__version__))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """One thread at a time. Raises HarnessFault where the disk is full, or the like."""
        with self.lock:
            try:
                yield
            except OSError as error:
                why = f"{self.file.name}: cannot be written: {error.strerror}; what it holds is kept"
                raise HarnessFault(why) from None

    def write(self, *lines: dict[str, Any]) -> None:
        """Append lines, and have them on their way to the disk."""
        with self._writing():
            for line in lines:
                self.results.add(line)
                self.file.write(_json(line) + "\n")
            self.file.flush()

    def add_cases(self, cases: Sequence[Case], positions: Sequence[int] | None = None) -> None:
        """Append the cases that the results do not have."""
        new = []
        for i, case in enumerate(cases):
            known = self.results.cases.setdefault(case.id, case)
            if known is case:
                position = {} if positions is None else {"position": positions[i]}
                new.append(_json({"kind": "case", "case": case.to_json(), **position}) + "\n")
        with self._writing():
            self.file.writelines(new)
            self.file.flush()

    def add_cached(self, key: Key, text: str) -> Observation | None:
        """Append an observation as the cache has it; None where that is damaged. ``flush`` when there are no more."""
        environment, case, sizes, spelling = key
        input = ",".join(map(str, sizes))
        where = f'"environment":{_json(environment)},"case":{_json(case)},"input":[{input}],"spelling":"{spelling}"'
        with self._writing():
            try:
                observation = self.results.observed(key, json.loads(text))
            except UNUSABLE:
                return None
            self.file.write(f'{{"kind":"observation",{where},{text[1:]}\n')
            self.from_cache += 1
        return observation

    def flush(self) -> None:
        """Have everything on its way to the disk."""
        with self._writing():
            self.file.flush()


def _happens_again(fields: dict[str, Any]) -> bool:
    """Whether an observation is worth keeping, as nothing but what it was made of decides it."""
    if fields["outcome"] == "crashed":
        return fields["signal"] in OWN_SIGNALS and not ABOUT_RESOURCES.search(fields.get("log", ""))
    return fields["outcome"] in CACHED and not ABOUT_RESOURCES.search(fields.get("error", ""))


def _observation_line(key: Key) -> dict[str, Any]:
    environment, case, input, spelling = key
    return {"kind": "observation", "environment": environment, "case": case, "input": input, "spelling": spelling}


class Runner:
    """One run of cases through environments, and what its threads share."""

    def __init__(
        self,
        file: IO[str],
        settings: Settings,
        earlier: Results | None = None,
        progress: Progress | None = None,
        shelves: Shelves | None = None,
    ) -> None:
        """Results go to ``file``; nothing is run that is in ``earlier``, its content so far, or on the shelves."""
        self.settings, self.progress, self.shelves = settings, progress, shelves
        self.recorder = Recorder(file, earlier)
        store = shelves.references if shelves else None
        self.references = References(store, values=not settings.shapes_only or earlier is not None)
        self.stop = threading.Event()
        self.happens_again = earlier is None  # whether the same run would observe all of this, and no more

    def observe(
        self, cases: Sequence[Case], specs: Sequence[EnvironmentSpec], positions: Sequence[int] | None = None
    ) -> bool:
        """Observe every case in every environment; returns whether all was run.

        ``positions`` are those of the cases in a whole that they are a part of.

        Layers that diverge are also run as ports and on other input sizes. Ctrl-C stops the workers and returns False.
        An environment that cannot serve is a fault in the results, and the others go on.
        """
        self.recorder.add_cases(cases, positions)
        self._observe(cases, sorted(specs, key=_start_order))
        complete = not self.stop.is_set()
        if complete:
            self.recorder.write({"kind": "end"})
        return complete

    def _observe(self, cases: Sequence[Case], specs: Sequence[EnvironmentSpec]) -> None:
        runs: list[Future[None]] = []
        with (
            tempfile.TemporaryDirectory(prefix="convparity-") as folder,
            ThreadPoolExecutor(max_workers=self.settings.jobs or max(os.cpu_count() or 1, 2)) as pool,
        ):
            try:
                bundle = write_bundle(Path(folder), specs)
                lacking = self.references.load(cases)
                each = [EnvironmentRun(spec, self, bundle, Path(folder)) for spec in specs]
                runs += [pool.submit(one.run, cases) for one in each]
                runs += [pool.submit(one.assist) for one in each]  # as soon as there is a core for it
                # While the frameworks are being imported, and as long as one of them can serve.
                faults = self.recorder.results.faults
                self.references.compute(takewhile(lambda _: len(faults) < len(specs) and not failed(runs), lacking))
                while wait(runs, timeout=0.5).not_done:
                    if failed(runs):  # such as on a full disk
                        self.stop.set()
            except KeyboardInterrupt:
                self.stop.set()
            except BaseException:
                self.stop.set()
                raise
        for run in runs:
            run.result()


def failed(runs: Iterable[Future[None]]) -> bool:
    """Whether one of them ended with an exception, which ends them all."""
    return any(run.done() and run.exception() for run in runs)


def _start_order(spec: EnvironmentSpec) -> float:
    """The slowest to start comes first."""
    return -registry.start(spec.adapter)


class EnvironmentRun:
    """All cases through one environment, by one worker or two; what the two share is under ``lock``."""

    def __init__(self, spec: EnvironmentSpec, shared: Runner, bundle: Path, folder: Path) -> None:
        self.spec, self.shared, self.bundle, self.folder = spec, shared, bundle, folder
        self.lock = threading.RLock()
        self.begun = threading.Event()  # it is known what is to be run
        self.ended = False  # by a fault
        self.recorder, self.references, self.settings = shared.recorder, shared.references, shared.settings
        self.shelf: Shelf | None = None
        self.about: dict[str, Any] | None = None  # the environment as it was when it was cached
        self.described = False  # whether the results have the environment
        self.unsaved: dict[str, str] = {}  # for the cache
        self.new: deque[Task] = deque()  # not yet looked for in the cache
        self.pending: deque[Task] = deque()  # to be run
        self.risky: deque[Task] = deque()  # to be run at last, each in a process of its own
        self.sampled: dict[str, bytes] = {}  # samplings that were measured, by their keys, as JSON, compressed
        self.awaiting: dict[str, list[Task]] = {}  # samplings under way, with the tasks that they answer too
        self.done = 0
        self.handed = 0  # with the workers
        self.idle_deaths = 0

    def run(self, cases: Iterable[Case]) -> None:
        """Observe everything; a fault of the harness is recorded and ends this environment only."""
        want: protocol.Want = "shape" if self.settings.shapes_only else "values"
        try:
            with self._faults_recorded(), self.lock:
                tasks = (Task(case, case.input, want=want) for case in cases)
                self.new.extend(left for task in tasks for left in self._outstanding(task))
                shelves = self.shared.shelves
                if self.new and shelves and (shelf := shelves.environments.get(self.spec.label)):
                    self.shelf, self.about = shelf, shelf.about
                self._take_cached()
        finally:
            self.begun.set()
        self._work()

    def assist(self) -> None:
        """Take a share of the tasks that are left, if they are many, with a worker of its own."""
        self.begun.wait()
        if len(self.pending) >= MANY:
            self._work()

    def _work(self) -> None:
        """Observe with a worker until nothing is left to hand over."""
        stop, limits = self.shared.stop, self.settings.limits
        workers = [
            WorkerProcess(self.spec, self.bundle, self.folder, limits, stop, isolated) for isolated in (False, True)
        ]
        try:
            with self._faults_recorded():
                while not self.ended and not stop.is_set() and (chunk := self._chunk()):
                    worker, other = workers[:: -1 if chunk[0].risky else 1]
                    if not worker.runs or chunk[0].afresh or worker.grown > limits.memory // KEPT:
                        other.kill()
                        ready = worker.start()
                        with self.lock:
                            self._started(ready)
                    self._observe(worker, chunk)
                    with self.lock:
                        self._save()
                        self._take_cached()
        finally:
            for worker in workers:
                worker.kill()
            with self.lock:
                self._save()

    @contextlib.contextmanager
    def _faults_recorded(self) -> Iterator[None]:
        """Have a fault end this environment, and be told once."""
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
        """Take from the cache what it has of the new tasks, and of what that makes necessary; the rest is to be run."""
        while self.new and self.shelf and self.about and not self.shared.stop.is_set():
            some = [self.new.popleft() for _ in range(min(LOADED_AT_ONCE, len(self.new)))]
            texts = self.shelf.load({task.key for task in some})
            if texts and not self.described:
                self._describe(self.about)
            for task in some:
                text = texts.get(task.key)
                if text and (observation := self.recorder.add_cached(self._key(task), text)):
                    self._follow(task, observation)
                else:
                    self._queue(task)
            self.recorder.flush()
            if texts:
                self._progress()
        while self.new:
            self._queue(self.new.popleft())

    def _queue(self, task: Task) -> None:
        """Have a task run, unless it is the sampling of a layer that another is measured for."""
        if task.want == "sampling":
            if task.key in self.sampled:
                self._record(task, json.loads(zlib.decompress(self.sampled[task.key])))
                return
            if task.key in self.awaiting:
                self.awaiting[task.key].append(task)
                return
            self.awaiting[task.key] = []
        (self.risky if task.risky else self.pending).append(task)

    def _started(self, reply: protocol.Ready) -> None:
        """Record what the environment says of itself, unless the cache did; it has to be the same."""
        about = {"adapter": self.spec.adapter, "interpreter": self.spec.python, **reply}
        if self.shelf and self.about and self.about["ready"] != reply["ready"]:
            self.shelf.forget()
            self.about = None
            if self.described:
                raise HarnessFault(
                    f"environment {self.spec.label!r} says of itself what it did not say when it was cached, "
                    "and what was cached of it is dropped; run again"
                )
        if not self.described:
            self._describe(about)
        if self.shelf:
            self.shelf.describe(about)

    def _describe(self, about: dict[str, Any]) -> None:
        self.described = True
        limits = self.settings.limits
        details = {
            **about["ready"],
            "processor": fingerprint.processor_name(),
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
            raise HarnessFault(f"{conflict}: the results were begun with others; write to a new file") from None

    def _outstanding(self, task: Task) -> Iterator[Task]:
        """A task, or where it was observed before, what it makes necessary and was not."""
        observation = self.recorder.results.observations.get(self._key(task))
        if observation is None or not observation.has(task.want) or (task.itself and not observation.itself):
            yield task
            return
        for following in self._next(task, self.references[task.case], observation):
            yield from self._outstanding(following)

    def _key(self, task: Task) -> Key:
        return self.spec.label, task.case.id, task.input, task.spelling

    def _chunk(self) -> list[Task]:
        """The next tasks to hand over: up to CHUNK of them, or one that has to be alone; none where nothing is left."""
        with self.lock:
            queue = self.pending or self.risky
            chunk = [queue.popleft()] if queue else []
            while queue and len(chunk) < CHUNK and not (chunk[0].alone or queue[0].alone):
                chunk.append(queue.popleft())
            self.handed += len(chunk)
        return chunk

    def _observe(self, worker: WorkerProcess, tasks: list[Task]) -> None:
        worker.send([task.message(n) for n, task in enumerate(tasks)])
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
                if n not in open_tasks:  # a process that the framework forked, and that came back here
                    raise HarnessFault(f"environment {self.spec.label!r} answers what it was not asked, or twice")
                task = open_tasks.pop(n)
                # What was refused before there was a source to run, such as too large a probe, is refused anywhere.
                ran_out = reply.get("outcome") == "out of memory" and "source" in reply
                with self.lock:
                    self.handed -= 1
                    if ran_out and not (worker.isolated or task.afresh):
                        self.pending.appendleft(task.again(afresh=True))
                    else:
                        self._take(task, reply)
        except Death as death:
            with self.lock:
                self.handed -= len(open_tasks)
                self._after_death(death, open_tasks, in_flight)

    def _after_death(self, death: Death, open_tasks: dict[int, Task], in_flight: dict[int, dict[str, Any]]) -> None:
        """Blame a task if it was the only one in flight and is to blame; else queue what was to be tried alone."""
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
            self._take(suspects[0], {**spelled, **fields})
        else:
            afresh = death.outcome == "out of memory" and len(suspects) == 1  # a batch may just have been too many
            queue.extendleft(task.again(afresh) for task in reversed(suspects))

    def _take(self, task: Task, reply: dict[str, Any]) -> None:
        """Record an observation, and queue what it makes necessary."""
        self.idle_deaths = 0
        if task.want == "values":
            reply = compared(task.case, self.references[task.case], reply)
        fields = {"want": task.want, **{name: value for name, value in reply.items() if value != ""}}
        text = _json(fields)
        if _happens_again(fields):
            self.unsaved[task.key] = text
        else:
            self.shared.happens_again = False
        self._record(task, fields)
        if task.want == "sampling":
            self.sampled[task.key] = zlib.compress(text.encode(), 1)
            for alike in self.awaiting.pop(task.key, ()):
                self._record(alike, fields)
        self._progress()

    def _record(self, task: Task, fields: dict[str, Any]) -> None:
        key = self._key(task)
        self.recorder.write({**_observation_line(key), **fields})
        self._follow(task, self.recorder.results.observations[key])

    def _follow(self, task: Task, observation: Observation) -> None:
        """Queue what the observation of a task makes necessary."""
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
        """What to observe next about a case: the elements read, the port, the same layer on other sizes."""
        if observation.refused:
            yield task.then(want="sampling", itself=True)
            return
        if task.input != task.case.input or task.want == "shape":
            return
        if needs_sampling(task.case, reference, observation):
            yield task.then(want="sampling")
        elif task.spelling == "as written" and reference.shape is not None and not self.settings.only_as_written:
            verdict = judge(task.case, reference, observation)
            if verdict != "agrees":
                yield task.then(spelling="port", want="values", itself=False)
            if verdict in ("shape", "shifted"):
                for sizes in sizes_to_run(task.case):
                    yield task.then(input=sizes, want="sampling")
