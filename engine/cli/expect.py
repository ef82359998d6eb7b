"""``convparity expect``: maintains files of expectations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import InputError
from ..runs.outputs import check_outputs, write
from .options import UNPACKED, Unpacked
from .usage import Command, Group

expect = typer.Typer(cls=Group, no_args_is_help=True, help="Maintain a file of expected divergences and their reasons.")


@expect.callback()
def _expect() -> None:
    """Maintain a file of expected divergences and their reasons."""


@expect.command(cls=Command)
def update(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS...", help="Results files written by observe or run -o.")
    ],
    expectations: Annotated[
        Path | None,
        typer.Option(
            "--expectations",
            metavar="FILE",
            help="Expectations file (default: the one named in the nearest pyproject.toml).",
        ),
    ] = None,
    part: Annotated[
        bool,
        typer.Option("--part", help="The results cover only some of the cases: keep entries that match none of them."),
    ] = False,
    unpacked: Unpacked = UNPACKED,
) -> None:
    """Update an expectations file to match these results: add new divergences, remove those that no longer occur."""
    from .. import api
    from ..cases.text import printable
    from ..environments.project import project_expectations
    from ..report import output_file
    from ..report.findings.expectations_update import update as updated

    files = [expectations] if expectations else project_expectations()
    if len(files) != 1:
        what = "several expectations files are named in pyproject.toml" if files else "no expectations file is named"
        raise InputError([f"{what}; name one with --expectations FILE"])
    check_outputs(files, results)
    done = updated(files[0], api.read_results(*results, unpacked=unpacked), part)
    for what, lines in (("added", done.added), ("removed", done.removed), ("narrowed", done.narrowed)):
        for line in lines:
            print(f"{what}  {printable(line, 300)}")
    if done.changed:
        write(files[0], lambda: output_file.write(files[0], done.text.encode()))
    else:
        print(f"{files[0]}: nothing to change")
