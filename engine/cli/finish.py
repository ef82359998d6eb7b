"""What becomes of a report at the end of a command: shown, written to files, and turned into the exit status."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sized
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..cases.errors import DIVERGES, FAULT, HarnessFault
from ..cases.text import printable
from ..runs.outputs import write
from ..runs.working import working
from .github import command, on_github

if TYPE_CHECKING:
    from ..report.findings.report import Report
    from ..report.formats import Format


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a report: the files to write, each in its format, and what the exit status is to say."""

    files: Mapping[Format, Path]
    exit_zero: bool = False


def finish(report: Report, wanted: Wanted, of_the_run: str = "") -> None:
    """Show a report, write the files that are wanted of it, and exit with what it says."""
    from rich.console import Console

    from ..report.formats import terminal

    with working("comparing with what was asked"):
        _ = report.clusters  # which are worked out when they are first asked for
    try:
        terminal.show(report, Console())
    finally:  # also where nobody is there to see it
        written = _write(report, wanted)
    counts: dict[str, Sized] = {
        "layer": report.cases,
        "environment": report.environments,
        "harness fault": report.results.faults,
    }
    layers, environments, faults = (f"{len(of)} {name}{'s' * (len(of) != 1)}" for name, of in counts.items())
    size = f"{layers} x {environments}, {faults}{of_the_run}"
    print("   ".join([*map(str, written), size]))
    if on_github():
        from ..report.formats.annotations import commands

        command(commands(report))
    if written != list(wanted.files.values()):
        raise typer.Exit(max(report.exit_status, FAULT))
    end(report, wanted.exit_zero)


def _write(report: Report, wanted: Wanted) -> list[Path]:
    """Write the files; returns those that could be written, and tells of the others."""
    written = []
    for format, path in wanted.files.items():
        try:
            write(path, partial(format.write, report, path))
            written.append(path)
        except HarnessFault as fault:
            print(f"harness fault: {fault}", file=sys.stderr)
    return written


def end(report: Report, exit_zero: bool) -> None:
    """Exit with the status that a report has."""
    status = report.exit_status
    raise typer.Exit(0 if status == DIVERGES and exit_zero else status)


def from_cache(report: Report) -> str:
    """How much of a run was observed before, as a part of a sentence."""
    return f", {report.from_cache} from the cache" if report.from_cache else ""


def faults(report: Report) -> None:
    """Print the harness faults."""
    for _, message in report.results.faults:
        print(f"harness fault: {printable(message, 700)}", file=sys.stderr)
