"""What becomes of a report at the end of a command: shown, written to files, and turned into the exit status."""

from __future__ import annotations

import json
import sys
from collections.abc import Sized
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..cases.text import printable
from ..files import write
from ..statuses import DIVERGES
from ..working import working
from .github import command, on_github

if TYPE_CHECKING:
    from ..report.assessment import Report
    from ..run_report import RunReport


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
    terminal.show(report, Console())
    counts: dict[str, Sized] = {
        "layer": report.cases,
        "environment": report.environments,
        "harness fault": report.results.faults,
    }
    layers, environments, faults = (f"{len(of)} {name}{'s' * (len(of) != 1)}" for name, of in counts.items())
    size = f"{layers} x {environments}, {faults}{of_the_run}"
    _write(report, wanted)
    print("   ".join([*map(str, wanted.files), size]))
    if on_github():
        from ..report.annotations import commands

        command(commands(report))
    end(report, wanted.exit_zero)


def _write(report: Report, wanted: Wanted) -> None:
    """Write the files."""
    from ..report import html, markdown

    if page := wanted.html:
        write(page, lambda: html.write(report, page))
    if file := wanted.json:
        text = json.dumps(report.to_json(), indent=1) + "\n"
        write(file, lambda: file.write_text(text, encoding="utf-8"))
    if xml := wanted.junit:
        from ..report import junit

        write(xml, lambda: junit.write(report, xml))
    if summary := wanted.markdown:
        write(summary, lambda: markdown.write(report, summary))


def end(report: Report, exit_zero: bool) -> None:
    """Exit with the status that a report has."""
    status = report.exit_status
    raise typer.Exit(0 if status == DIVERGES and exit_zero else status)


def from_cache(report: RunReport) -> str:
    """How much of a run was observed before, as a part of a sentence."""
    return f", {report.from_cache} from the cache" if report.from_cache else ""


def faults(report: Report) -> None:
    """Print the harness faults."""
    for _, message in report.results.faults:
        print(f"harness fault: {printable(message, 700)}", file=sys.stderr)
