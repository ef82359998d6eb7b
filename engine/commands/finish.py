"""What becomes of a report at the end of a command: shown, written to files, and turned into the exit status."""

from __future__ import annotations

import json
import sys
from collections.abc import Sized
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..cases.errors import DIVERGES, FAULT, HarnessFault
from ..cases.text import printable
from ..files import write
from ..working import working
from .github import command, on_github

if TYPE_CHECKING:
    from ..report.assessment import Report


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a report: the files to write, and what the exit status is to say."""

    html: Path | None = None
    json: Path | None = None
    exit_zero: bool = False
    junit: Path | None = None
    markdown: Path | None = None

    @property
    def files(self) -> list[Path]:
        """The files to write."""
        return [path for path in (self.html, self.json, self.junit, self.markdown) if path]


def finish(report: Report, wanted: Wanted, of_the_run: str = "") -> None:
    """Show a report, write the files that are wanted of it, and exit with what it says."""
    from rich.console import Console

    from ..report import terminal

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
        from ..report.annotations import commands

        command(commands(report))
    if written != wanted.files:
        raise typer.Exit(max(report.exit_status, FAULT))
    end(report, wanted.exit_zero)


def _write(report: Report, wanted: Wanted) -> list[Path]:
    """Write the files; returns those that could be written, and tells of the others."""
    from ..report import html, markdown

    written = []
    for path, writer in (
        (wanted.html, html.write),
        (wanted.json, _write_json),
        (wanted.junit, _write_junit),
        (wanted.markdown, markdown.write),
    ):
        if path:
            try:
                write(path, partial(writer, report, path))
                written.append(path)
            except HarnessFault as fault:
                print(f"harness fault: {fault}", file=sys.stderr)
    return written


def _write_json(report: Report, path: Path) -> None:
    path.write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")


def _write_junit(report: Report, path: Path) -> None:
    from ..report import junit

    junit.write(report, path)


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
