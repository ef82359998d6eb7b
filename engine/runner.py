"""Takes cases through environments: hands out tasks, decides what to observe next, writes results as they come."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from . import __version__
from .bundle import write_bundle
from .cases.case import Case, Sizes
from .cases.errors import HarnessFault
from .cases.reference import Reference, References
from .environments import EnvironmentSpec
from .report.residues import sizes_to_run
from .report.results import Observation, Results, header, resumed
from .report.verdicts import judge, needs_sampling
from .worker_process import Death, Limits, Stopped, WorkerProcess, pinned_variables

CHUNK = 100  # tasks handed over at a time
IDLE_DEATHS = 3  # deaths with no case in flight before the environment is given up
SLOWEST_START_FIRST = ("tensorflow", "torch", "flax", "mxnet")

Progress = Callable[[str, int, int], None]  # environment, tasks done, tasks known


@dataclass(frozen=True)
class Task:
    """One thing to observe. ``alone`` is set when it was in flight at a death and is tried again by itself."""

    case: Case
    input: Sizes
    spelling: str = "as written"
    want: str = "values"
    alone: bool = False

    def message(self, n: int) -> dict[str, Any]:
        """The task as the worker reads it."""
        return {
            "n": n,
            "case": self.case.to_json(),
            "input": list(self.input),
            "spelling": self.spelling,
            "want": self.want,
        }


class Recorder:
    """The results file and its content in memory, shared by the threads of a run."""

    def __init__(self, file: IO[str], results: Results | None = None) -> None:
        self.file, self.results, self.lock = file, results or Results(), threading.Lock()
        self.write(resumed() if results else header(__version__))

    def write(self, *lines: dict[str, Any]) -> None:
        """Append lines, and have them on their way to the disk."""
        with self.lock:
            for line in lines:
                self.results.add(line)
                self.file.write(json.dumps(line, separators=(",", ":")) + "\n")
            self.file.flush()


def run_cases(
    cases: Sequence[Case],
    specs: Sequence[EnvironmentSpec],
    file: IO[str],
    references: References,
    limits: Limits,
    jobs: int | None = None,
    progress: Progress | None = None,
    only_as_written: bool = False,
    earlier: Results | None = None,
) -> tuple[Results, bool]:
    """Observe every case in every environment, writing to ``file``; returns the results and whether all was run.

    Layers that diverge are also run as ports and on other input sizes, unless ``only_as_written``. Nothing is run
    that is in ``earlier``, the content of ``file`` so far.

    Ctrl-C stops the workers and returns what there is, with False. An environment that cannot serve is a fault in
    the results, and the others go on.
    """
    recorder, stop = Recorder(file, earlier), threading.Event()
    new = (case for case in cases if case.id not in recorder.results.cases)
    recorder.write(*({"kind": "case", "case": case.to_json()} for case in new))
    order = sorted(specs, key=lambda spec: SLOWEST_START_FIRST.index(spec.adapter))
    with tempfile.TemporaryDirectory(prefix="convparity-") as folder:
        bundle = write_bundle(Path(folder))
        with ThreadPoolExecutor(max_workers=jobs or max(os.cpu_count() or 1, 2)) as pool:
            try:
                runs = [
                    pool.submit(
                        EnvironmentRun(spec, recorder, references, limits, stop, progress, only_as_written).run,
                        cases,
                        bundle,
                        Path(folder),
                    )
                    for spec in order
                ]
                for case in cases:  # while the frameworks are being imported
                    references[case]
                while wait(runs, timeout=0.5).not_done:
                    pass
            except KeyboardInterrupt:
                stop.set()
            except BaseException:
                stop.set()
                raise
    for run in runs:
        if not run.cancelled():
            run.result()
    complete = not stop.is_set()
    if complete:
        recorder.write({"kind": "end"})
    return recorder.results, complete


class EnvironmentRun:
    """All cases through one environment."""

    def __init__(
        self,
        spec: EnvironmentSpec,
        recorder: Recorder,
        references: References,
        limits: Limits,
        stop: threading.Event,
        progress: Progress | None,
        only_as_written: bool,
    ) -> None:
        self.spec, self.recorder, self.references = spec, recorder, references
        self.limits, self.stop, self.progress = limits, stop, progress
        self.only_as_written = only_as_written
        self.pending: deque[Task] = deque()
        self.done = 0
        self.idle_deaths = 0

    def run(self, cases: Iterable[Case], bundle: Path, folder: Path) -> None:
        """Run everything; a fault of the harness is recorded and ends this environment only."""
        worker = WorkerProcess(self.spec, bundle, folder, self.limits, self.stop)
        try:
            self.pending.extend(task for case in cases for task in self._outstanding(Task(case, case.input)))
            if not self.pending:
                return
            self._started(worker.start())
            while self.pending and not self.stop.is_set():
                self._observe(worker, list(self._chunk()))
        except HarnessFault as fault:
            self.recorder.write({"kind": "fault", "environment": self.spec.label, "message": str(fault)})
        except Stopped:
            pass
        finally:
            worker.kill()

    def _started(self, reply: dict[str, Any]) -> None:
        ready = reply["ready"]
        details = {**ready, "origin": self.spec.origin, "log": reply["log"], "timeout": self.limits.timeout}
        details["memory"] = self.limits.memory
        details["variables"] = pinned_variables(self.spec.adapter)
        del details["packages"]
        line = {"kind": "environment", "label": self.spec.label, "adapter": self.spec.adapter}
        try:
            self.recorder.write({**line, "packages": ready["packages"], "details": details})
        except ValueError as conflict:
            raise HarnessFault(f"{conflict}: the results were begun with others; write to a new file") from None

    def _outstanding(self, task: Task) -> Iterator[Task]:
        """A task, or where it was observed before, what it makes necessary and was not."""
        observation = self.recorder.results.observations.get(self._key(task))
        if observation is None or not observation.has(task.want):
            yield task
            return
        for following in self._next(task, self.references[task.case], observation):
            yield from self._outstanding(following)

    def _key(self, task: Task) -> tuple[str, str, Sizes, str]:
        return self.spec.label, task.case.id, task.input, task.spelling

    def _chunk(self) -> Iterator[Task]:
        """The next tasks to hand over: up to CHUNK of them, or one that has to be alone."""
        yield (first := self.pending.popleft())
        for _ in range(CHUNK - 1):
            if first.alone or not self.pending or self.pending[0].alone:
                return
            yield self.pending.popleft()

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
                self._take(open_tasks.pop(n), reply, len(open_tasks))
        except Death as death:
            self._after_death(death, open_tasks, in_flight)
            worker.start()

    def _after_death(self, death: Death, open_tasks: dict[int, Task], in_flight: dict[int, dict[str, Any]]) -> None:
        """Blame a task that died twice, or alone of time or memory; queue what was in flight to be tried alone."""
        suspects = [open_tasks.pop(n) for n in sorted(in_flight)]
        if not suspects:
            self.idle_deaths += 1
            if self.idle_deaths == IDLE_DEATHS:
                raise HarnessFault(f"environment {self.spec.label!r} died {IDLE_DEATHS} times between cases")
        self.pending.extendleft(reversed(open_tasks.values()))
        if len(suspects) == 1 and (suspects[0].alone or death.outcome != "crashed"):
            (spelled,) = in_flight.values()
            fields = {"outcome": death.outcome, "signal": death.signal_name, "log": death.log}
            self._take(suspects[0], {**spelled, **fields})
        else:
            self.pending.extendleft(replace(task, alone=True) for task in reversed(suspects))

    def _take(self, task: Task, reply: dict[str, Any], in_hand: int = 0) -> None:
        """Record an observation, and queue what it makes necessary; ``in_hand`` more are with the worker."""
        self.done += 1
        key, reference = self._key(task), self.references[task.case]
        if reply.get("digest") == reference.digest:
            reply.pop("values", None)  # the reference has them
        line = {"kind": "observation", **dict(zip(("environment", "case", "input", "spelling"), key, strict=True))}
        self.recorder.write({**line, "want": task.want, **reply})
        self.pending.extend(self._next(task, reference, self.recorder.results.observations[key]))
        if self.progress:
            self.progress(self.spec.label, self.done, self.done + in_hand + len(self.pending))

    def _next(self, task: Task, reference: Reference, observation: Observation) -> Iterator[Task]:
        """What to observe next about a case: the elements read, the port, the same layer on other sizes."""
        if task.input != task.case.input:
            return
        if needs_sampling(reference, observation):
            yield replace(task, want="sampling", alone=False)
        elif task.spelling == "as written" and reference.shape is not None and not self.only_as_written:
            verdict = judge(reference, observation)
            if verdict != "agrees":
                yield replace(task, spelling="port", want="values", alone=False)
            if verdict in ("shape", "shifted"):
                for sizes in sizes_to_run(task.case):
                    yield replace(task, input=sizes, want="sampling", alone=False)
