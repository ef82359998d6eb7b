"""The time of a big sweep: 19,200 convolutions in PyTorch, Keras on TensorFlow, Flax and MXNet (sweep.toml).

    python benchmarks/sweep.py [--cases N] [--apart]

The first table times whole processes: ``convparity run`` with an empty cache, then the same run again, without a report
and with ``--json`` and ``--html``. With ``--apart``, each framework is also run alone, against the chapter's own loop
over the same layers (chapter_loop.py). The second table times what a report does in one process. With ``--cases``, only
so many layers are run, evenly spread over the sweep. Seconds on the clock depend on what else the machine does; those
of the processors hardly do. Environments are those that ``convparity envs`` shows.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from convparity import api
from convparity.cases.catalog.catalog import load_catalog
from convparity.environments.find import EnvironmentSpec, resolve
from convparity.report.formats import FORMATS
from convparity.report.policy.lock import Lock
from processes import Spent, convparity, loop, named, spread, write_catalog
from rich.console import Console
from rich.table import Table

CATALOG = Path(__file__).with_name("sweep.toml")
FRAMEWORKS = ("torch", "tensorflow", "flax", "mxnet")


def main() -> None:
    """Time, and print the tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cases", type=int, help="number of layers (default: all)")
    options.add_argument("--apart", action="store_true", help="time each framework alone too, and the chapter's loop")
    arguments = options.parse_args()
    specs = [spec for spec in resolve(()) if spec.adapter in FRAMEWORKS]
    cases = list(load_catalog(CATALOG).cases)
    chosen = spread(cases, arguments.cases or len(cases))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # of the reports in this process
        catalog = write_catalog(chosen, Path(folder) / "sweep.toml") if arguments.cases else CATALOG
        results = Path(folder) / "results.jsonl"
        console = Console()
        console.print(f"{len(chosen)} layers in {', '.join(spec.label for spec in specs)}\n")
        console.print(runs(specs, catalog, results, folder))
        console.print(reports(results, Path(folder)))
        if arguments.apart:
            console.print(apart(specs, chosen, catalog))


def runs(specs: list[EnvironmentSpec], catalog: Path, results: Path, folder: str) -> Table:
    """Return the seconds of the run, and of the same run again."""
    table = columns("convparity run", "clock", "processors")
    everything = ["run", catalog, *(word for spec in specs for word in ("--env", named(spec))), "-o", results]
    row(table, "empty cache", convparity(*everything, folder=folder))
    row(table, "again", convparity(*everything, folder=folder))
    for name in ("json", "html"):
        row(table, f"again, --{name}", convparity(*everything, f"--{name}", f"{folder}/again.{name}", folder=folder))
    return table


def reports(results: Path, folder: Path) -> Table:
    """Return the seconds of this process that reading a results file and each part of its report take."""
    table = columns("report of its results", "processor", "times reading")
    report, reading = spent(lambda: api.read_results(results))
    parts: dict[str, Callable[[], object]] = {"findings": lambda: report.clusters}
    for format in FORMATS:
        parts[format.name] = lambda format=format: format.write(report, folder / f"report.{format.name}")
    parts["lock"] = lambda: Lock.of(report.run).text()
    table.add_row("reading", f"{reading:.1f}", "")
    for name, part in parts.items():
        _, seconds = spent(part)
        table.add_row(name, f"{seconds:.1f}", f"{seconds / reading:.2f}")
    return table


def apart(specs: list[EnvironmentSpec], cases: list, catalog: Path) -> Table:
    """Return the seconds of each framework alone with an empty cache, and of the chapter's loop."""
    table = columns("alone", "loop", "clock", "processors", "clock / loop")
    for spec in specs:
        with tempfile.TemporaryDirectory() as folder:
            simple = loop(spec, cases)
            full = convparity("run", catalog, "--env", named(spec), folder=folder)
        times = f"{full.wall / simple.wall:.2f}"
        table.add_row(spec.label, f"{simple.wall:.1f}", f"{full.wall:.1f}", f"{full.cpu:.1f}", times)
    return table


def spent(work: Callable[[], object]) -> tuple:
    """Return the result of a function, and the seconds of the processor that it takes."""
    start = time.process_time()
    made = work()
    return made, time.process_time() - start


def columns(*headings: str) -> Table:
    """Return a table with these columns, of which the first is text."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    return table


def row(table: Table, name: str, took: Spent) -> None:
    """Add a row of seconds."""
    table.add_row(name, f"{took.wall:.1f}", f"{took.cpu:.1f}")


main()
