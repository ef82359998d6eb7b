"""The worker process: one framework, which observes the cases that the controller sends (see ``protocol.py``).

The pipes are duplicated and the standard streams redirected before the framework is imported, so that nothing that a
framework prints, from Python or from C++, can reach them. That output is kept with the observation.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import base64
import faulthandler
import gc
import json
import math
import os
import platform
import reprlib
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...cases.case import Case
from ...cases.dtypes import DTYPES, WIDE
from ...cases.inputs import is_exact, make_input, make_weights, weights_shape
from ...cases.operations.table import computes
from ...cases.reference import digest, places
from ..adapter import Adapter, Job, Result, error_text
from ..line import Line
from ..parent import die_with_parent
from ..processor import isa
from ..registry import NAMES, adapter_class
from ..running import Unavailable, accelerated
from ..spelling import Inexpressible, Spelling
from . import canary, probe
from .isolation import PAUSE, RESUME, adopt_orphans, can_fork, in_child
from .pipes import taken
from .protocol import Failed, Message, Observed, Outcome, Ready, Task

ERROR_LIMIT = 4000  # characters of a framework's error that are kept
START_TIMEOUT = 120  # seconds for a framework to describe itself
LOG_LIMIT = 2000  # characters of the framework's output that are kept
LARGEST_STRIDE = 32  # above this stride, a port is not spelled for every residue
FOR_ONE_SIZE = "made for this input size"
INLINE_VALUES = 4096  # the most elements of an output that are sent with the observation
LARGEST_INEXACT = 2**22  # the same for an output that is not compared for equality
LARGE = 2**20  # elements of an array from which our own work on it is kept out of the time limit
BATCH_ELEMENTS = 2**22  # input elements traced into one batch
RESERVED = 4  # the limit on address space, as a multiple of the limit on memory
LARGEST_INPUT = 2**40  # elements; for far larger inputs, NumPy raises another error than MemoryError


class Log:
    """The file that receives everything written to file descriptors 1 and 2."""

    def __init__(self, path: str) -> None:
        self.path = path

    def take(self) -> str:
        """Return the text printed since the last call."""
        sys.stdout.flush()
        sys.stderr.flush()
        if os.path.getsize(self.path) == 0:
            return ""
        with open(self.path, errors="replace") as file:
            text = file.read(LOG_LIMIT)
        os.truncate(self.path, 0)  # opened for appending by the controller, so the next write starts at 0
        return text


def main(adapter_name: str, log_path: str, memory: int, seconds: float = 0) -> None:
    """Serve until the controller closes the pipe. ``memory`` is the limit in bytes, beyond the use of the import.

    With ``seconds``, a time limit per task, every task and the description run in a child process of their own, and
    this process only imports the framework.
    """
    die_with_parent()
    adopt_orphans()
    requests, replies = taken()
    faulthandler.enable()
    log = Log(log_path)

    def say(message: Message) -> None:
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    try:
        adapter = adapter_class(adapter_name)()
        adapter.pin()
        gc.freeze()  # imported objects stay alive, and searching them for garbage takes 5% of TensorFlow's time
    except Unavailable as why:
        say({"failed": str(why)[:ERROR_LIMIT], "log": log.take()})
        return
    except BaseException as error:  # also SystemExit, and whatever a broken build raises
        say({"failed": error_text(error)[:ERROR_LIMIT], "log": log.take()})
        return
    isolated = bool(seconds) and can_fork()
    if isolated:
        child = in_child(lambda send: send(json.dumps(introduction(adapter, log, True))), START_TIMEOUT, memory)
        died = f"it ended while describing itself ({child.signal or child.outcome})"
        say(json.loads(child.lines[0]) if child.lines else {"failed": child.broken or died, "log": log.take()})
    else:
        limit_address_space(memory)
        say(introduction(adapter, log))
    for line in requests:
        try:
            tasks = json.loads(line)["tasks"]
            if isolated:
                serve_isolated(adapter, tasks, say, log, memory, seconds)
            else:
                serve(adapter, tasks, say, log)
        except Exception:  # an error in this code; exceptions from frameworks are observations and are caught earlier
            say({"broken": traceback.format_exc()[-ERROR_LIMIT:]})
            return


def introduction(adapter: Adapter, log: Log, forks: bool = False) -> Ready | Failed:
    """Return the first message of a worker: its description, or why its framework cannot run a trivial layer."""
    if why := canary.failure(adapter):
        return {"failed": why[:ERROR_LIMIT], "log": log.take()}
    return {"ready": describe(adapter), "log": log.take(), "forks": forks}


def describe(adapter: Adapter) -> dict[str, Any]:
    """Return the description of an environment, which is recorded."""
    mode = {name: choice for name, choice in adapter.chosen.items() if name == "mode"}  # a device says itself
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": adapter.packages(),
        "facts": {"isa": isa(), **mode, **adapter.facts()},
        "imports": adapter.imports,
        "script": adapter.script(),
    }


def limit_address_space(memory: int) -> None:
    """Limit the address space, as a backstop to the limit on resident memory.

    The limit is the memory mapped now plus several times ``memory``, because frameworks reserve much memory that they
    never touch, and some abort if they cannot.
    """
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # crashes are expected here and need no core file
        with open("/proc/self/statm") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (mapped + RESERVED * memory, hard))
    except (ImportError, OSError, ValueError):
        return  # not Linux, or a lower limit is already set: the controller's limit has to suffice


def serve(adapter: Adapter, tasks: list[Task], say: Callable[[Message], None], log: Log) -> None:
    """Observe tasks in batches of the size that suits the framework."""
    for batch in batches(tasks, adapter.batch):
        observations = [spelled(adapter, task) for task in batch]
        say({"started": observations})  # with the source, so that it is known if a case kills this process
        jobs: list[list[Job]] = []
        large = max(map(elements, batch)) > LARGE
        if large:
            say({"own": True})
        for task, observation in zip(batch, observations):
            try:
                jobs.append([] if "outcome" in observation else jobs_of(task, observation["source"]))
            except (MemoryError, ValueError) as error:
                observation.update(unmade(task, error))
                jobs.append([])
        if large:
            say({"own": False})
        results = adapter.run([job for found in jobs for job in found])
        for task, observation, found in zip(batch, observations, jobs):
            if found:
                its = [next(results) for _ in found]
                if any(result.values is not None and result.values.size > LARGE for result in its):
                    say({"own": True})
                observation.update(observed_or_too_large(task, its))
            observation["log"] = log.take()
            say(observation)


def serve_isolated(
    adapter: Adapter, tasks: list[Task], say: Callable[[Message], None], log: Log, memory: int, seconds: float
) -> None:
    """Observe each task in a child process. If the child dies, that is the observation; a crash is retried once."""
    for task in tasks:
        work = partial(observe_in_child, adapter, task, log, memory)
        ending = in_child(work, seconds, memory)
        if ending.outcome == "crashed":  # perhaps killed from outside
            log.take()
            ending = in_child(work, seconds, memory)
        if ending.broken:
            raise RuntimeError(ending.broken)
        messages = [json.loads(line) for line in ending.lines]
        started: Observed = {"n": task["n"]}
        for message in messages:
            started = message["started"][0] if "started" in message else started
        if not ending.outcome and messages and "outcome" in messages[-1]:
            say(messages[-1])
        else:
            # MLX 0.32.4 on a CPU leaves the process with status 0 where BLAS is called with a size of 0.
            signal = ending.signal if ending.outcome else "exit status 0"
            say({**started, "outcome": ending.outcome or "crashed", "signal": signal, "log": log.take()})


def observe_in_child(adapter: Adapter, task: Task, log: Log, memory: int, send: Callable[[str], None]) -> None:
    """Observe one task in this child process, and send the messages as lines."""
    limit_address_space(memory)

    def say(message: Message) -> None:
        own: Any = message.get("own")
        send(json.dumps(message) if own is None else PAUSE if own else RESUME)

    serve(adapter, [task], say, log)


def batches(tasks: list[Task], largest: int) -> Iterator[list[Task]]:
    """Yield batches of at most ``largest`` tasks and bounded input size; a large task is alone in its batch."""
    batch: list[Task] = []
    size = 0
    for task in tasks:
        if batch and (len(batch) == largest or size + elements(task) > BATCH_ELEMENTS):
            yield batch
            batch, size = [], 0
        batch.append(task)
        size += elements(task)
    if batch:
        yield batch


def elements(task: Task) -> int:
    """Return the number of elements in a task's input."""
    case = task["case"]
    return math.prod((case["batch"], case["in_channels"], *task["input"]))


def spelled(adapter: Adapter, task: Task) -> Observed:
    """Return the beginning of an observation: the source that will run, or the outcome if none will."""
    if "line" in task:
        return {"n": task["n"], "source": task["line"]["source"]}
    case = Case.from_json(task["case"])
    try:
        sibling = probe.sibling(case) if task["want"] == "sampling" and not task.get("itself") else case
    except MemoryError as error:
        return {"n": task["n"], "outcome": "out of memory", "error": error_text(error)}
    try:
        spelling = spell(adapter, sibling, task["spelling"])
    except (Exception, SystemExit) as error:
        text = error_text(error)[:ERROR_LIMIT]
        if adapter.name not in NAMES:
            return {"n": task["n"], "outcome": "raised", "error": text}
        if case.hostile:
            return unspelled(task, f"convparity has no spelling for this ({text})")
        raise  # a mistake in a built-in adapter is no verdict on a framework
    if isinstance(spelling, Inexpressible):
        return unspelled(task, spelling.reason)
    literal = spelling.literal.source if spelling.literal else ""
    if task["want"] == "literal":
        return {"n": task["n"], "source": literal}
    started: Observed = {"n": task["n"], "source": spelling.source, "words": spelling.words, "note": spelling.note}
    return {**started, "literal": literal} if literal else started


def unspelled(task: Task, reason: str) -> Observed:
    """Return the observation of a task for which there is no source."""
    outcome: Outcome = "inexpressible" if task["spelling"] == "as written" else "no port"
    return {"n": task["n"], "outcome": outcome, "reason": reason}


def unmade(task: Task, error: Exception) -> Observed:
    """Return the observation of a task if the arrays to run its layer on cannot be made."""
    if isinstance(error, MemoryError):
        return {"n": task["n"], "outcome": "out of memory", "error": error_text(error)}
    if not task["case"]["hostile"]:
        raise error
    reason = f"NumPy has no arrays for this ({error_text(error)})"
    return {"n": task["n"], "outcome": "inexpressible", "reason": reason}


def spell(adapter: Adapter | type[Adapter], case: Case, which: str) -> Spelling | Inexpressible:
    """Return a case as written, or its port if that is a different spelling; or why there is none."""
    if not computes(case.op, case.dtype):
        return Inexpressible(f"no adapter can spell op {case.op!r} with dtype {case.dtype!r}")
    if min(case.batch, case.in_channels, *case.input) < 0:
        return Inexpressible("no array has a size below 0")
    written = adapter.as_written(case)
    if not isinstance(written, (Spelling, Inexpressible)):
        raise TypeError(f"as_written returned {reprlib.repr(written)}; it has to return a Spelling or Inexpressible")
    if which == "as written":
        return written
    port = adapter.port(case)
    if not isinstance(port, (Spelling, Inexpressible)):
        raise TypeError(f"port returned {reprlib.repr(port)}; it has to return a Spelling or Inexpressible")
    if isinstance(port, Inexpressible):
        return port
    if isinstance(written, Spelling) and port.source == written.source:
        return Inexpressible("no other way to write it is known")
    return port if port.note or _fits_other_sizes(adapter, case, port) else replace(port, note=FOR_ONE_SIZE)


def _fits_other_sizes(adapter: Adapter | type[Adapter], case: Case, port: Spelling) -> bool:
    """Return whether a port is the same on inputs of every residue modulo the stride; True for extreme strides."""
    if max(case.stride, default=0) > LARGEST_STRIDE or case.hostile:
        return True
    for more in range(1, max(case.stride, default=0) + 1):
        other = adapter.port(case.on(tuple(n + more for n in case.input)))
        if isinstance(other, Spelling) and other.source != port.source:
            return False
    return True


def jobs_of(task: Task, source: str) -> list[Job]:
    """Return the jobs of a task: one, or for a probe of the layer itself one per pass.

    The layer stays as spelled even if the task has another size.
    """
    case, sizes = Case.from_json(task["case"]), tuple(task["input"])
    line = Line.from_json(task["line"]) if "line" in task else None
    if task["want"] == "shape":
        shapes = (case.batch, case.in_channels) + sizes, weights_shape(case)
        x, weights = (None if shape is None else np.broadcast_to(np.float32(0), shape) for shape in shapes)
        assert x is not None
        return [Job(source, x, weights, case.dtype, declare=True, run=False)]
    if elements(task) > LARGEST_INPUT:
        raise MemoryError(f"the input has {elements(task)} elements")
    if task["want"] == "sampling" and task.get("itself"):
        return [Job(source, *arrays, case.dtype, line=line) for arrays in probe.passes(case.on(sizes))]
    if task["want"] == "sampling":
        sibling = probe.on_size(probe.sibling(case), sizes)
        return [Job(source, probe.images(sibling), probe.kernels(sibling), sibling.dtype)]
    sized = case.on(sizes)
    declare = task["spelling"] == "as written" and task["want"] == "values" and line is None
    return [Job(source, make_input(sized), weights_or_none(sized), case.dtype, declare, line=line)]


def weights_or_none(case: Case) -> np.ndarray | None:
    """Return the weights, or None if a hostile case has no valid ones and the layer has to initialise itself."""
    try:
        return make_weights(case)
    except ValueError:
        return None


def observed_or_too_large(task: Task, results: list[Result]) -> Observed:
    """Return an observation's fields, with the outcome out of memory if an output is too large to inspect."""
    try:
        return observed(task, results)
    except MemoryError as error:
        return {"n": task["n"], "outcome": "out of memory", "error": error_text(error)}


def observed(task: Task, results: list[Result]) -> Observed:
    """Return an observation's fields from the results of its jobs; the first failure stands for all of them."""
    result = next((result for result in results if result.values is None), results[0])
    fields: Observed = {"n": task["n"], "seconds": round(sum(result.seconds for result in results), 6)}
    if task.get("itself"):
        fields["itself"] = True
    if task["want"] == "shape" and not result.error:
        if result.declared is None and not result.declare_error:
            return {**fields, "outcome": "inexpressible", "reason": "it infers no shape for this"}
        if result.declared:
            return {**fields, "outcome": "inferred", "shape": list(result.declared)}
        return {**fields, "outcome": "refused", "error": result.declare_error[:ERROR_LIMIT]}
    if task["want"] == "values" and task["spelling"] == "as written":
        fields["declared"] = None if result.declared is None else list(result.declared)
        fields["declare_error"] = result.declare_error[:ERROR_LIMIT]
    if result.inexpressible:
        return {**fields, "outcome": "inexpressible", "reason": result.inexpressible[:ERROR_LIMIT]}
    if result.values is None:
        outcome: Outcome = "out of memory" if result.out_of_memory else "raised"
        return {**fields, "outcome": outcome, "error": result.error[:ERROR_LIMIT]}
    case, values = Case.from_json(task["case"]), result.values
    if values.ndim != case.rank + 2:
        came = f"TypeError: the layer returned shape {result.values.shape}"
        return {**fields, "outcome": "raised", "error": f"{came}; (N, out, *spatial) has {case.rank + 2} axes"}
    fields.update({"outcome": "ran", "shape": list(values.shape), "dtype": result.dtype})
    if task["want"] == "values":
        chosen = places(case, values.shape)
        if chosen is not None:
            values = values[tuple(chosen.T)]
        fields["digest"] = digest(values)
        equal = case.dtype in DTYPES and is_exact(case) and not accelerated()
        if values.size <= (INLINE_VALUES if equal else LARGEST_INEXACT):
            packed = zlib.compress(values.astype("<f8" if result.dtype in WIDE else "<f4").tobytes(), 1)
            fields["values" if chosen is None else "sample"] = base64.b64encode(packed).decode()
    elif task["want"] == "sampling" and values.size:
        sized, near = case.on(tuple(task["input"])), probe.NEAR if accelerated() else 0.0
        try:
            if task.get("itself"):
                sampling = probe.read_passes([np.asarray(result.values) for result in results], sized, near)
            else:
                sampling = probe.read_off(values, probe.on_size(probe.sibling(case), sized.input), near)
        except probe.NotMeasurable as error:
            return {**fields, "error": str(error)}
        fields["sampling"] = {**vars(sampling), "maps": [axis.tolist() for axis in sampling.maps]}
    return fields
