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
import tempfile
from pathlib import Path

from convparity.cases.case import Case
from convparity.cases.catalog.catalog import load_catalog
from convparity.environments.find import EnvironmentSpec, resolve
from convparity.runs.execution import run_in
from convparity.runs.settings import Settings
from processes import convparity, loop, named, spread, write_catalog
from rich.console import Console
from rich.table import Table

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
                    lambda spec=spec: loop(spec, cases).wall,
                    lambda spec=spec: check(["observe", named(spec)], catalog, folder),
                    lambda spec=spec: check(["observe", named(spec), "--as-written"], catalog, folder),
                )
            ]
            totals = [total + seconds for total, seconds in zip(totals, timed, strict=True)]
            table.add_row(spec.label, *row(timed))
        table.add_row("sum", *row(totals))
        everything = [word for spec in specs for word in ("--env", named(spec))]
        together = [
            min(check(["run", *everything, *extra], catalog, folder) for _ in range(repeat))
            for extra in ([], ["--as-written"])
        ]
        table.add_row("convparity run", *row([totals[0], *together]))
        first, again = (check(["run", *everything], catalog, folder, cached=True) for _ in range(2))
        table.add_row("the same run again", "", f"{again:.1f}", f"{again / first:.3f}")
    return table


def survived(cases: list[Case], specs: list[EnvironmentSpec]) -> list[Case]:
    """The cases of which no framework's process dies."""
    report = run_in(cases, specs, settings=Settings(only_as_written=True))
    deadly = {v.case.id for v in report.verdicts if v.verdict in ("crashed", "timed out", "out of memory")}
    return [case for case in cases if case.id not in deadly]


def check(command: list[str], catalog: Path, folder: str, cached: bool = False) -> float:
    """Seconds that convparity takes."""
    cache = [] if cached else ["--no-cache"]
    return convparity(*command, catalog, "-o", f"{folder}/results.jsonl", *cache, folder=folder).wall


def row(timings: list[float]) -> list[str]:
    """Loop, check and ratio, twice."""
    loop, full, written = timings
    return [f"{loop:.1f}", f"{full:.1f}", f"{full / loop:.3f}", f"{written:.1f}", f"{written / loop:.3f}"]


main()
