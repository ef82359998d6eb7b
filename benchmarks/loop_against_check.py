"""The chapter's own loop against convparity's full check, as whole processes, on the same layers, in one run.

    python benchmarks/loop_against_check.py [--cases N] [--repeat N]

The loop builds, initialises and calls each layer and reads the shape (chapter_loop.py). The check is ``convparity
observe``: shape, elements read, exact values, and for what diverges its port and the other input sizes; and the same
with ``--as-written``, without those. The same run again, from the cache, is held against the first. A loop passes over
what its framework cannot express; the check does not. Layers of which a process dies are left out for both, as a loop
does not survive them. All figures are seconds of wall time, start-up included, the fastest of the repeats; a ratio is
check / loop. Environments are those that ``convparity envs`` shows.
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
from convparity.cases.catalog.catalog import load_catalog
from convparity.environments.find import EnvironmentSpec, resolve
from convparity.runs.execution import run_in
from convparity.runs.runner import Settings
from convparity.workers.process import pinned_variables
from rich.console import Console
from rich.table import Table

LOOP = Path(__file__).with_name("chapter_loop.py")
# What is timed, from which catalog.
OPERATIONS = {
    "convolution": ("grid", ("conv",)),
    "transposed convolution": ("arithmetic", ("conv_transpose",)),
    "pooling": ("arithmetic", ("max_pool", "avg_pool")),
}


def main() -> None:
    """Time, and print the ratios."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cases", type=int, default=300, help="of each operation")
    options.add_argument("--repeat", type=int, default=1)
    arguments = options.parse_args()
    specs = [spec for spec in resolve(()) if spec.adapter != "onnxruntime"]  # no track of the chapter

    for operation, (catalog, ops) in OPERATIONS.items():
        known = [case for case in load_catalog(catalog).cases if case.op in ops and case.dtype == "float32"]
        cases = survived(spread(known, arguments.cases), specs)
        Console().print(compared(operation, cases, specs, arguments.repeat))
        print(f"{len(cases)} layers. convparity run is all environments side by side, against the sum of the loops.\n")


def compared(operation: str, cases: list[Case], specs: list[EnvironmentSpec], repeat: int) -> Table:
    """The seconds that loop and check take over some cases."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in (operation, "loop", "check", "ratio", "as written only", "ratio"):
        table.add_column(heading, justify="left" if heading == operation else "right")
    totals = [0.0, 0.0, 0.0]
    with tempfile.TemporaryDirectory() as folder:
        catalog = write_catalog(cases, Path(folder) / "cases.toml")
        for spec in specs:
            timed = [
                min(run() for _ in range(repeat))
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
            min(check(["run", *everything, *extra], catalog, folder) for _ in range(repeat))
            for extra in ([], ["--as-written"])
        ]
        table.add_row("convparity run", *row([totals[0], *together]))
        first, again = (check(["run", *everything], catalog, folder, cached=True) for _ in range(2))
        table.add_row("the same run again", "", f"{again:.1f}", f"{again / first:.3f}")
    return table


def spread(cases: tuple[Case, ...], count: int) -> list[Case]:
    """That many of the cases, evenly spread over the catalog."""
    return [cases[i * len(cases) // count] for i in range(min(count, len(cases)))]


def survived(cases: list[Case], specs: list[EnvironmentSpec]) -> list[Case]:
    """The cases of which no framework's process dies."""
    report = run_in(cases, specs, settings=Settings(only_as_written=True))
    deadly = {v.case.id for v in report.verdicts if v.verdict in ("crashed", "timed out", "out of memory")}
    return [case for case in cases if case.id not in deadly]


def write_catalog(cases: list[Case], path: Path) -> Path:
    """The cases as a catalog; TOML writes numbers, strings and lists as JSON does."""
    entries = []
    for case in cases:
        fields = {k: v for k, v in case.to_json().items() if k != "hostile" and v is not None}
        entries.append("\n".join(["[[case]]", *(f"{name} = {json.dumps(value)}" for name, value in fields.items())]))
    path.write_text("\n\n".join(entries) + "\n")
    return path


def environment(spec: EnvironmentSpec) -> str:
    """The environment as the command takes it."""
    return f"{spec.label}:{spec.adapter}={spec.python}"


def loop(spec: EnvironmentSpec, cases: list[Case]) -> float:
    """Seconds that the chapter's loop takes over what this framework has words for."""
    adapter = adapter_class(spec.adapter)
    spellings = [(adapter.as_written(case), [case.batch, case.in_channels, *case.input]) for case in cases]
    layers = [[spelling.source, size] for spelling, size in spellings if isinstance(spelling, Spelling)]
    variables = {**os.environ, **pinned_variables(spec.adapter)}  # the worker's, for the loop too
    return timed(
        [spec.python, str(LOOP), spec.adapter], stdin=json.dumps([adapter.imports, layers]), variables=variables
    )


def check(command: list[str], catalog: Path, folder: str, cached: bool = False) -> float:
    """Seconds that convparity takes; 1 is the exit status of a run in which something diverges."""
    arguments = [*command, str(catalog), "-o", f"{folder}/results.jsonl", *([] if cached else ["--no-cache"])]
    variables = {**os.environ, "XDG_CACHE_HOME": folder}
    return timed([sys.executable, "-m", "convparity", *arguments], allowed=(0, 1), variables=variables)


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
