"""Runs cases in environments: hands out tasks, decides what to observe next, and writes results as they arrive."""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import IO, Any

from .. import __version__
from ..adapters import registry
from ..adapters.line import Line
from ..adapters.worker import probe, protocol
from ..cache import fingerprint
from ..cache.fingerprint import Shelves
from ..cache.store import Shelf
from ..cases.case import Case, Sizes
from ..cases.errors import HarnessFault, InputError
from ..cases.reference import Reference, References
from ..environments.find import EnvironmentSpec, variables_of
from ..report.policy.failures import DEFAULT, Policy
from ..report.results.comparison import compared
from ..report.results.file import Key, Results, header, resumed
from ..report.results.observation import UNUSABLE, Observation
from ..report.verdicts.judging import judge, misdeclares, needs_sampling
from ..report.verdicts.residues import sizes_to_run
from ..report.verdicts.verdict import Verdict
from ..workers.bundle import write_bundle
from ..workers.limits import Limits
from ..workers.process import Death, Stopped, WorkerProcess
from . import lines
from .run_folder import run_folder
from .sharding import Shard

CHUNK = 100  # tasks sent to a worker at a time
MANY = 1000  # remaining tasks from which a second worker saves more time than its start takes
LOADED_AT_ONCE = 500  # tasks looked up in the cache at a time
MOST = 1_000_000  # seconds or GB, which the system's own limits can hold
KEPT = 4  # a framework may retain 1/4 of a case's memory limit before its worker is restarted
IDLE_DEATHS = 3  # deaths with no case in flight after which an environment is given up
# Other outcomes, and errors about memory and the like, may depend on what else the machine was doing.
CACHED = ("ran", "raised", "inferred", "refused", "inexpressible", "no port")
OWN_SIGNALS = ("SIGABRT", "SIGFPE", "SIGILL")  # caused by the process itself; SIGSEGV may come from lack of memory
ABOUT_RESOURCES = re.compile(
    "memory|alloc|exhausted|no space left|too many open files|temporarily unavailable|start new thread|quota",
    re.IGNORECASE,
)

_json = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would create an encoder on every call

Progress = Callable[[str, int, int], None]  # environment, tasks done, tasks known
# Lines to run as they are, by environment label and case id, each with the case that it is read as.
Given = Mapping[tuple[str, str], tuple[Line, Case]]


@dataclass(frozen=True)
class Settings:
    """The settings of a run.

    ``timeout``, in seconds, and ``memory``, in GB beyond what the import takes, are the limits of each case. ``jobs``
    is the number of workers to run in parallel, by default the number of CPU cores. With ``only_as_written`` neither
    ports nor other input sizes are run; with ``shapes_only`` no layer is run, and each framework is only asked for the
    shape that it infers. ``resume`` continues the results file. ``cache`` allows reading observations of earlier runs
    from the cache and storing new ones. Only the cases of ``shard`` are run. The run ends once ``max_findings`` layers
    fail under the ``policy``. Limits out of range raise InputError.
    """

    timeout: float = 30.0
    memory: float = 4.0
    jobs: int | None = None
    only_as_written: bool = False
    shapes_only: bool = False
    resume: bool = False
    cache: bool = True
    shard: Shard | None = None
    max_findings: int | None = None
    policy: Policy = field(default=DEFAULT, compare=False)

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {value}; expected a number of {unit} above 0, at most {MOST:,}"
            for name, value, unit in (("timeout", self.timeout, "seconds"), ("memory", self.memory, "GB"))
            if not 0 < value <= MOST  # which nan is not either
        ]
        if problems:
            raise InputError(problems)

    @property
    def limits(self) -> Limits:
        """The limits of each case."""
        return Limits(self.timeout, int(self.memory * 2**30))


@dataclass(frozen=True)
class Task:
    """One thing to observe.

    With ``itself``, the sampling is measured on the layer itself, because its stand-in in the probe was refused.
    ``line`` is the key of what the probe runs, where that is known before it runs (:mod:`.lines`). ``given`` is the
    line that is run in place of a spelling, where there is one, and ``own`` the case that it is read as, which says how
    far its windows may reach.
    ``alone`` is set when the task was in flight when its worker died, and is now tried again by itself. ``afresh`` is
    also set when it ran out of memory, and is now tried again in a worker that has done nothing else.
    """

    case: Case
    input: Sizes
    spelling: protocol.Written = "as written"
    want: protocol.Want = "values"
    itself: bool = False
    alone: bool = False
    afresh: bool = False
    line: str = ""
    given: Line | None = None
    own: Case | None = None

    def then(self, **changes: Any) -> Task:
        """Return a task that observes something else about the same case."""
        return replace(self, **{"alone": False, "afresh": False, "line": "", **changes})

    def again(self, afresh: bool = False) -> Task:
        """Return the same task, to be tried again by itself."""
        return replace(self, alone=True, afresh=afresh)

    def to_blame(self, outcome: str) -> bool:
        """Return whether this task caused the death of its worker, given that no other task was in flight.

        A crash has to happen twice. Memory may have run out because of what the framework kept from other cases.
        """
        return self.afresh if outcome == "out of memory" else self.alone or outcome == "timed out"

    @property
    def risky(self) -> bool:
        """Whether the task is likely to kill its process: its case is marked hostile or has extreme parameters."""
        return self.case.hostile or self.case.extreme

    @cached_property
    def key(self) -> str:
        """The key in the cache. Layers that differ only in what the probe does not use share their samplings.

        A task that is to be checked has a key of its own, so that it is not answered by the others.
        """
        if self.line:
            return f"{self.line} for {self.case.key}" if self.checks else self.line
        case = self.case
        if self.given:
            return f"{self.given} for {case.key} {self.input} {self.want}"
        if self.want == "sampling" and not self.itself:
            with contextlib.suppress(MemoryError):  # a case that is too large for the probe has no sibling
                case = probe.sibling(case)
        key = f"{case.key} {self.input} {self.spelling} {self.want}"
        if case.hostile:  # a hostile case is observed in other ways
            key = f"hostile {key}"
        return f"{key} itself" if self.itself else key

    @cached_property
    def checks(self) -> bool:
        """Whether the sampling is measured although the same line may have been measured for another case."""
        return bool(self.line) and lines.checked(self.case, self.input)

    def message(self, n: int) -> protocol.Task:
        """Return the task as a JSON object for the worker, with number ``n``."""
        message: protocol.Task = {
            "n": n,
            "case": self.case.to_json(),
            "input": list(self.input),
            "spelling": self.spelling,
            "want": self.want,
        }
        if self.itself:
            message["itself"] = True
        if self.given:
            message["line"] = asdict(self.given)
        return message


class Recorder:
    """The results file and its content in memory, shared by the threads of a run.

    A file that nobody asked for may be ``lost``, as on a full disk: the reason is kept, and the run goes on without it.
    """

    def __init__(self, file: IO[str], results: Results | None = None, requested: bool = True) -> None:
        self.file, self.results, self.lock = file, results or Results(), threading.Lock()
        self.requested, self.lost = requested, ""
        self.from_cache = 0
        self.write(resumed() if results else header(__version__))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Admit one thread at a time. Raise HarnessFault if the file cannot be written, such as on a full disk."""
        with self.lock:
            try:
                yield
            except OSError as error:
                why = f"{self.file.name}: cannot be written: {error.strerror}"
                if self.requested:
                    raise HarnessFault(f"{why}; its contents so far are kept") from None
                self.lost = why
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, self.file.fileno())  # which takes whatever is still buffered, too
                os.close(nothing)

    def write(self, *lines: dict[str, Any]) -> None:
        """Append lines and flush them."""
        with self._writing():
            for line in lines:
                self.results.add(line)
                self.file.write(_json(line) + "\n")
            self.file.flush()

    def add_cases(self, cases: Sequence[Case], positions: Sequence[int] | None = None) -> None:
        """Append the cases that are not in the results yet."""
        new = []
        for i, case in enumerate(cases):
            known = self.results.cases.setdefault(case.id, case)
            if known is case:
                position = {} if positions is None else {"position": positions[i]}
                new.append(_json({"kind": "case", "case": case.to_json(), **position}) + "\n")
        with self._writing():
            self.file.writelines(new)
            self.file.flush()

    def add_cached(self, key: Key, text: str, measured_for: str = "") -> Observation | None:
        """Append an observation from the cache and return it; None if it is damaged. Call ``flush`` after the last.

        ``measured_for`` is the case whose sampling it is, if that is another one.
        """
        environment, case, sizes, spelling = key
        input = ",".join(map(str, sizes))
        where = f'"environment":{_json(environment)},"case":{_json(case)},"input":[{input}],"spelling":"{spelling}"'
        where += f',"measured_for":{_json(measured_for)}' if measured_for else ""
        with self._writing():
            try:
                observation = self.results.observed(key, json.loads(text))
            except UNUSABLE:
                return None
            self.from_cache += 1
            self.file.write(f'{{"kind":"observation",{where},{text[1:]}\n')
        return observation

    def flush(self) -> None:
        """Flush everything that has been written."""
        with self._writing():
            self.file.flush()


def _happens_again(fields: dict[str, Any]) -> bool:
    """Return whether repeating an observation must give the same, so that it is worth caching."""
    if fields["outcome"] == "crashed":
        return fields["signal"] in OWN_SIGNALS and not ABOUT_RESOURCES.search(fields.get("log", ""))
    return fields["outcome"] in CACHED and not ABOUT_RESOURCES.search(fields.get("error", ""))


def _observation_line(key: Key) -> dict[str, Any]:
    environment, case, input, spelling = key
    return {"kind": "observation", "environment": environment, "case": case, "input": input, "spelling": spelling}


class Runner:
    """One run of cases in environments, and the state that its threads share."""

    def __init__(
        self,
        file: IO[str],
        settings: Settings,
        earlier: Results | None = None,
        progress: Progress | None = None,
        shelves: Shelves | None = None,
        requested: bool = True,
        given: Given | None = None,
    ) -> None:
        """Write results to ``file``; run nothing that is in ``earlier``, its content so far, or on the shelves.

        If the file was not ``requested``, the run goes on where it cannot be written. With ``given`` lines, only they
        are run, each in its environment, and no case is spelled.
        """
        self.given = given
        self.settings, self.progress, self.shelves = settings, progress, shelves
        self.recorder = Recorder(file, earlier, requested)
        store = shelves.references if shelves else None
        executes = not settings.shapes_only or earlier is not None
        self.references = References(store, lambda case: executes)
        self.stop = threading.Event()
        self.failing: set[str] = set()  # the ids of layers that fail, where their number ends the run
        self.happens_again = earlier is None  # whether repeating the run would give exactly these observations

    def observe(
        self, cases: Sequence[Case], specs: Sequence[EnvironmentSpec], positions: Sequence[int] | None = None
    ) -> bool:
        """Observe every case in every environment, and return whether everything was run.

        ``positions`` are the positions of the cases in the whole list, if they are only a part of it.

        Layers that diverge are also run as ports and on other input sizes. Ctrl-C stops the workers and returns False.
        An environment that cannot run is recorded as a fault in the results, and the others continue.
        """
        self.recorder.add_cases(cases, positions)
        self._observe(cases, sorted(specs, key=_start_order))
        complete = not self.stop.is_set()
        if complete:
            self.recorder.write({"kind": "end"})
        return complete

    @property
    def enough(self) -> bool:
        """Whether as many layers fail as end the run."""
        most = self.settings.max_findings
        return most is not None and len(self.failing) >= most

    def _observe(self, cases: Sequence[Case], specs: Sequence[EnvironmentSpec]) -> None:
        runs: list[Future[None]] = []
        with (
            run_folder() as folder,
            ThreadPoolExecutor(max_workers=self.settings.jobs or max(os.cpu_count() or 1, 2)) as pool,
        ):
            try:
                bundle = write_bundle(folder, specs)
                lacking = self.references.load(cases)
                each = [EnvironmentRun(spec, self, bundle, folder) for spec in specs]
                runs += [pool.submit(one.run, cases) for one in each]
                runs += [pool.submit(one.assist) for one in each]  # each starts as soon as a thread is free
                # Compute while the frameworks are being imported, unless none of them can run.
                faults = self.recorder.results.faults
                self.references.compute(takewhile(lambda _: len(faults) < len(specs) and not failed(runs), lacking))
                while wait(runs, timeout=0.5).not_done:
                    if failed(runs):  # for example because the disk is full
                        self.stop.set()
            except KeyboardInterrupt:
                self.stop.set()
            except BaseException:
                self.stop.set()
                raise
        for run in runs:
            run.result()


def failed(runs: Iterable[Future[None]]) -> bool:
    """Return whether one of the runs ended with an exception, which ends them all."""
    return any(run.done() and run.exception() for run in runs)


def _start_order(spec: EnvironmentSpec) -> float:
    """Return the sort key that puts the environments that are slowest to start first."""
    return -registry.start(spec.adapter)


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
    """All cases in one environment, run by one or two workers; ``lock`` guards the state that the two share."""

    def __init__(self, spec: EnvironmentSpec, shared: Runner, bundle: Path, folder: Path) -> None:
        self.spec, self.shared, self.bundle, self.folder = spec, shared, bundle, folder
        self.lock = threading.RLock()
        self.begun = threading.Event()  # set once the tasks to run are known
        self.ended = False  # whether a fault has ended this environment
        self.recorder, self.references, self.settings = shared.recorder, shared.references, shared.settings
        self.shelf: Shelf | None = None
        self.about: dict[str, Any] | None = None  # the description of the environment in the cache
        self.described = False  # whether the environment is in the results
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
                tasks = [Task(case, case.input, want=want) for case in cases]
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
        """Run a share of the remaining tasks with a second worker, if many remain."""
        self.begun.wait()
        if len(self.pending) >= MANY:
            self._work()

    def _work(self) -> None:
        """Observe with a worker until no task is left to send."""
        stop, limits = self.shared.stop, self.settings.limits
        plain, isolated = (
            WorkerProcess(self.spec, self.bundle, self.folder, limits, stop, isolated) for isolated in (False, True)
        )
        try:
            with self._faults_recorded():
                while not self.ended and not stop.is_set() and (chunk := self._chunk()):
                    worker, other = (isolated, plain) if chunk[0].risky else (plain, isolated)
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
            plain.kill()
            isolated.kill()
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
                        self._measured(task, json.loads(text))
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

    def _started(self, reply: protocol.Ready) -> None:
        """Record a started worker's description of its environment, which must be the same as any in the cache."""
        about = {"adapter": self.spec.adapter, "interpreter": self.spec.python, **reply}
        if self.shelf and self.about and self.about["ready"] != reply["ready"]:
            self.shelf.forget()
            self.about = None
            if self.described:
                raise HarnessFault(
                    f"environment {self.spec.label!r} is not the same as when its observations were cached; "
                    "they have been deleted from the cache: run again"
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
            raise HarnessFault(f"{conflict}: the results hold other versions already; write to a new file") from None

    def _outstanding(self, task: Task) -> Iterator[Task]:
        """Yield a task, or if it was observed earlier, the tasks that follow from it and were not."""
        observation = self.recorder.results.observations.get(self._key(task))
        if observation is None or not observation.has(task.want) or (task.itself and not observation.itself):
            yield task
            return
        for following in self._next(task, self.references[task.case], observation):
            yield from self._outstanding(following)

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
                if n not in open_tasks:  # sent by a process that the framework forked and that returned to our code
                    raise HarnessFault(
                        f"environment {self.spec.label!r} answered a task that it was not given, or answered one twice"
                    )
                task = open_tasks.pop(n)
                # A task refused for its memory before it had a source, such as too large a probe, always is.
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
            self._take(suspects[0], {**spelled, **fields})
        else:
            # Several tasks together may need too much memory, although each by itself does not.
            afresh = death.outcome == "out of memory" and len(suspects) == 1
            queue.extendleft(task.again(afresh) for task in reversed(suspects))

    def _take(self, task: Task, reply: dict[str, Any]) -> None:
        """Record an observation and queue the tasks that follow from it."""
        self.idle_deaths = 0
        if task.want == "values":
            reply = compared(task.case, self.references[task.case], reply)
        apart = ("words", "note") if task.want == "sampling" else ()  # the request's, not the line's
        said = {name: value for name, value in reply.items() if value != "" and name not in apart}
        fields = {"want": task.want, **said}
        text = _json(fields)
        if _happens_again(fields):
            self.unsaved[task.key] = text
        else:
            self.shared.happens_again = False
        self._record(task, fields)
        if task.want == "sampling":
            measured = self._measured(task, fields)
            for alike in self.awaiting.pop(task.key, ()):
                self._record(alike, measured.taken_over)
        self._progress()

    def _measured(self, task: Task, fields: dict[str, Any]) -> Measured:
        """Remember a sampling, and tell if the same line was seen to read other elements for another case."""
        measured = self.sampled.setdefault(task.key, Measured(task.case.id, zlib.compress(_json(fields).encode(), 1)))
        if not task.line:
            return measured
        first = self.measured_lines.setdefault(task.line, measured)
        known = first.fields
        if _happens_again(known) and _happens_again(fields) and lines.read(known) != lines.read(fields):
            self.shared.happens_again = False
            told = (
                f"environment {self.spec.label!r} read other elements for {task.case.id} than for {first.case}, "
                f"by the same line on the same input: {fields.get('source', '')}"
            )
            self.recorder.write({"kind": "fault", "environment": self.spec.label, "message": told})
        return measured

    def _record(self, task: Task, fields: dict[str, Any]) -> None:
        key = self._key(task)
        self.recorder.write({**_observation_line(key), **fields})
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
        """Yield the tasks to observe next about a case: the elements it reads, its port, the layer on other sizes."""
        if observation.refused:
            yield task.then(want="sampling", itself=True)
            return
        if task.input != task.case.input or task.want in ("shape", "literal"):
            return
        if task.want == "values" and observation.literal:
            yield task.then(want="literal")
        if needs_sampling(task.case, reference, observation):
            if task.own:
                yield task.then(case=replace(task.own, id=task.case.id), want="sampling", itself=True)
            else:
                yield self._sampling(task.then(want="sampling"))
            return
        if task.spelling == "as written" and self.settings.max_findings is not None and not self.shared.enough:
            self._count(task, reference, observation)
        if task.spelling == "as written" and reference.shape is not None and not self.settings.only_as_written:
            verdict = judge(task.case, reference, observation)
            if verdict != "agrees" and not task.given:
                yield task.then(spelling="port", want="values", itself=False)
            if verdict in ("shape", "shifted"):
                for sizes in sizes_to_run(task.case):
                    yield self._sampling(task.then(input=sizes, want="sampling", itself=bool(task.given)))

    def _count(self, task: Task, reference: Reference, observation: Observation) -> None:
        """Count the layer of a task if its verdict fails the run."""
        environment = self.recorder.results.environments[self.spec.label]
        verdict = judge(task.case, reference, observation)
        declares = misdeclares(observation)
        row = Verdict(task.case, environment, task.spelling, verdict, declares, reference, observation, False)
        if self.settings.policy.fails(row):
            self.shared.failing.add(task.case.id)

    def _sampling(self, task: Task) -> Task:
        """Return a sampling to measure with its line, unless its case is run apart from the others."""
        adapter = None if self.spec.own else registry.adapter_class(self.spec.adapter)
        if adapter is None or task.risky or task.given:
            return task
        line = lines.line(adapter, task.case, task.input, task.spelling)
        return replace(task, line=line)
