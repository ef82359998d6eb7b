"""The common parts of the benchmarks: catalogs of some cases, and the time of whole processes."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from convparity.adapters.registry import adapter_class
from convparity.adapters.spelling import Spelling
from convparity.cases.case import Case
from convparity.environments.find import EnvironmentSpec, variables_of

LOOP = Path(__file__).with_name("chapter_loop.py")


@dataclass(frozen=True)
class Spent:
    """The seconds that a process took: on the clock, and of all processors, with the processes that it started."""

    wall: float
    cpu: float


def spread(cases: tuple[Case, ...] | list[Case], count: int) -> list[Case]:
    """Return that many of the cases, evenly spread over the catalog."""
    return [cases[i * len(cases) // count] for i in range(min(count, len(cases)))]


def write_catalog(cases: list[Case], path: Path) -> Path:
    """Write the cases as a catalog; TOML writes numbers, strings and lists as JSON does."""
    entries = []
    for case in cases:
        fields = {k: v for k, v in case.to_json().items() if k != "hostile" and v is not None}
        entries.append("\n".join(["[[case]]", *(f"{name} = {json.dumps(value)}" for name, value in fields.items())]))
    path.write_text("\n\n".join(entries) + "\n")
    return path


def named(spec: EnvironmentSpec) -> str:
    """Return the environment as the command takes it."""
    return f"{spec.label}:{spec.adapter}={spec.python}"


def loop(spec: EnvironmentSpec, cases: list[Case]) -> Spent:
    """Return the time of the chapter's loop over the layers that this framework can express."""
    adapter = adapter_class(spec.adapter)
    spellings = [(adapter.as_written(case), [case.batch, case.in_channels, *case.input]) for case in cases]
    layers = [[spelling.source, size] for spelling, size in spellings if isinstance(spelling, Spelling)]
    variables = {**os.environ, **variables_of(spec)}  # the worker's, for the loop too
    command = [spec.python, str(LOOP), spec.adapter]
    return timed(command, stdin=json.dumps([adapter.imports, layers]), variables=variables)


def convparity(*arguments: object, folder: str) -> Spent:
    """Return the time of the command, with its cache in a folder; 1 is the exit status if something diverges."""
    command = [sys.executable, "-m", "convparity", *map(str, arguments)]
    return timed(command, allowed=(0, 1), variables={**os.environ, "XDG_CACHE_HOME": folder})


def timed(
    command: list[str], allowed: tuple[int, ...] = (0,), stdin: str = "", variables: dict[str, str] | None = None
) -> Spent:
    """Return the time of a whole process."""
    before, start = _cpu(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=stdin, env=variables)
    if done.returncode not in allowed:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return Spent(time.perf_counter() - start, _cpu() - before)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
