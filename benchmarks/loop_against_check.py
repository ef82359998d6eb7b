"""The chapter's own loop against convparity's full check, as whole processes, on the same layers, in one run.

    python benchmarks/loop_against_check.py [--cases N] [--repeat N]

The loop builds, initialises and calls each layer and reads the shape (chapter_loop.py). The check is ``convparity
observe``: shape, elements read, exact values, and for what diverges its port and the other input sizes; and the same
with ``--as-written``, without those. A loop passes over what its framework has no words for; the check does not.
All figures are seconds of wall time, start-up included, the fastest of the
repeats; a ratio is check / loop. Environments are those that ``convparity envs`` shows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from convparity.adapters.adapter import Spelling, adapter_class
from convparity.cases.case import Case
from convparity.cases.catalog import load_catalog
from convparity.environments import EnvironmentSpec, resolve
from convparity.worker_process import pinned_variables
from rich.console import Console
from rich.table import Table

LOOP = Path(__file__).with_name("chapter_loop.py")


def main() -> None:
    """Time, and print the ratios."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cases", type=int, default=300)
    options.add_argument("--repeat", type=int, default=1)
    arguments = options.parse_args()
    cases = spread(load_catalog("grid").cases, arguments.cases)
    specs = resolve(())

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("", "loop", "check", "ratio", "as written only", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    totals = [0.0, 0.0, 0.0]
    with tempfile.TemporaryDirectory() as folder:
        catalog = write_catalog(cases, Path(folder) / "cases.toml")
        for spec in specs:
            timed = [
                min(run() for _ in range(arguments.repeat))
                for run in (
                    lambda spec=spec: loop(spec, cases),
                    lambda spec=spec: check(["observe", environment(spec)], catalog, folder),
                    lambda spec=spec: check(["observe", environment(spec), "--as-written"], catalog, folder),
                )
            ]
            totals = [total + seconds for total, seconds in zip(totals, timed, strict=True)]
            table.add_row(spec.label, *row(timed))
        table.add_row("sum", *row(totals))
        everything = [word for spec in specs for word in ("--env", environment(spec))]
        together = [
            min(check(["run", *everything, *extra], catalog, folder) for _ in range(arguments.repeat))
            for extra in ([], ["--as-written"])
        ]
        table.add_row("convparity run", *row([totals[0], *together]))
    Console().print(table)
    print(f"{len(cases)} layers. The last line is all environments side by side, against the sum of the loops.")


def spread(cases: tuple[Case, ...], count: int) -> list[Case]:
    """That many of the cases, evenly spread over the catalog."""
    return [cases[i * len(cases) // count] for i in range(min(count, len(cases)))]


def write_catalog(cases: list[Case], path: Path) -> Path:
    """The cases as a catalog; TOML writes numbers, strings and lists as JSON does."""
    entries = []
    for case in cases:
        fields = {k: v for k, v in case.to_json().items() if k != "hostile"}
        entries.append("\n".join(["[[case]]", *(f"{name} = {json.dumps(value)}" for name, value in fields.items())]))
    path.write_text("\n\n".join(entries) + "\n")
    return path


def environment(spec: EnvironmentSpec) -> str:
    """The environment as the command takes it."""
    return f"{spec.label}:{spec.adapter}={spec.python}"


def loop(spec: EnvironmentSpec, cases: list[Case]) -> float:
    """Seconds that the chapter's loop takes over what this framework has words for."""
    layers = []
    for case in cases:
        spelling = adapter_class(spec.adapter).as_written(case)
        if isinstance(spelling, Spelling):
            layers.append([spelling.source, [case.batch, case.in_channels, *case.input]])
    variables = {**os.environ, **pinned_variables(spec.adapter)}  # the worker's, for the loop too
    return timed([spec.python, str(LOOP), spec.adapter], stdin=json.dumps(layers), variables=variables)


def check(command: list[str], catalog: Path, folder: str) -> float:
    """Seconds that convparity takes; 1 is the exit status of a run in which something diverges."""
    return timed(
        [sys.executable, "-m", "convparity", *command, str(catalog), "-o", f"{folder}/results.jsonl"], allowed=(0, 1)
    )


def timed(
    command: list[str], allowed: tuple[int, ...] = (0,), stdin: str = "", variables: dict[str, str] | None = None
) -> float:
    """Seconds of wall time of a whole process."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=stdin, env=variables)
    if done.returncode not in allowed:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


def row(timings: list[float]) -> list[str]:
    """Loop, check and ratio, twice."""
    loop, full, written = timings
    return [f"{loop:.1f}", f"{full:.1f}", f"{full / loop:.3f}", f"{written:.1f}", f"{written / loop:.3f}"]


main()
