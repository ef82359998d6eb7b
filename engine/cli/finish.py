"""The end of a command: the report is shown, written to files, and turned into the exit status."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from ..cases.errors import DIVERGES, FAULT, HarnessFault
from ..cases.text import count, printable
from ..report.formats import FINDINGS, HTML, Detail, Format
from ..report.output_file import STDOUT
from ..runs.outputs import write
from ..runs.working import working
from .browser import open_if_possible, passing_file
from .github import command, on_github

if TYPE_CHECKING:
    from ..report.findings.report import Report


@dataclass(frozen=True)
class Wanted:
    """The outputs requested of a report: the files to write, by format, and whether divergences exit with 0.

    ``open`` is whether the HTML report is opened in the browser. What the terminal would show goes to standard error if
    a file is the standard output.
    """

    files: Mapping[Format, Path]
    exit_zero: bool = False
    detail: Detail = FINDINGS
    open: bool = False

    def and_opened(self) -> Mapping[Format, Path]:
        """Return the files to write, with an HTML report if one is to be opened and none was named."""
        return {HTML: passing_file(), **self.files} if self.open and HTML not in self.files else self.files

    @property
    def stream(self) -> TextIO:
        """The stream for people."""
        return sys.stderr if STDOUT in self.files.values() else sys.stdout


def finish(report: Report, wanted: Wanted, of_the_run: str = "") -> None:
    """Show a report, write the requested files, and exit with the report's status."""
    from rich.console import Console

    from ..report.formats import terminal

    files = wanted.and_opened()
    with working("comparing the observations with the reference"):
        _ = report.clusters, report.notes  # computed on first use
    try:
        terminal.show(report, Console(file=wanted.stream), wanted.detail)
    finally:  # even if standard output cannot be written
        written = _write(report, files, wanted.detail)
    layers = count(len(report.cases), "layer")
    environments = count(len(report.environments), "environment")
    errors = count(len(report.results.faults), "error")
    names = [str(path) for path in written if path != STDOUT]
    print("   ".join([*names, f"{layers} x {environments}, {errors}{of_the_run}"]), file=wanted.stream)
    if on_github():
        from ..report.formats.annotations import commands

        command(commands(report, wanted.detail.waived))
    if wanted.open and files[HTML] in written:
        open_if_possible(files[HTML])
    if written != list(files.values()):
        raise typer.Exit(max(report.exit_status, FAULT))
    end(report, wanted.exit_zero)


def _write(report: Report, files: Mapping[Format, Path], detail: Detail) -> list[Path]:
    """Return the files that could be written, after printing an error for each of the others."""
    written = []
    for format, path in files.items():
        try:
            write(path, partial(format.write, report, path, detail))
            written.append(path)
        except HarnessFault as fault:
            print(f"error: {fault}", file=sys.stderr)
    return written


def end(report: Report, exit_zero: bool) -> None:
    """Exit with the status of a report; with ``exit_zero``, divergences exit with 0."""
    status = report.exit_status
    raise typer.Exit(0 if status == DIVERGES and exit_zero else status)


def from_cache(report: Report) -> str:
    """Return the number of observations that came from the cache, as the end of a sentence; empty if there are none."""
    return f", {report.from_cache} from the cache" if report.from_cache else ""


def faults(report: Report) -> None:
    """Print the errors of a run."""
    for _, message in report.results.faults:
        print(f"error: {printable(message, 700)}", file=sys.stderr)
