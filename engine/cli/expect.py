"""``convparity expect``: files of expectations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import InputError
from ..environments.project import project_expectations
from ..runs.outputs import check_outputs, write
from .usage import Command

expect = typer.Typer(no_args_is_help=True, help="What is expected to diverge, and why.")


@expect.callback()
def _expect() -> None:
    """What is expected to diverge, and why."""


@expect.command(cls=Command)
def update(
    results: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Files of observe, or of run -o.")],
    expectations: Annotated[
        Path | None,
        typer.Option("--expectations", metavar="FILE", help="Default: that of the nearest pyproject.toml."),
    ] = None,
    part: Annotated[
        bool, typer.Option("--part", help="The results are of some of the cases: keep what matches none of them.")
    ] = False,
) -> None:
    """Make a file say what these results are: add what diverges unexpectedly, take out what no longer does."""
    from .. import api
    from ..cases.text import printable
    from ..report.findings.expectations_update import update as updated

    files = [expectations] if expectations else project_expectations()
    if len(files) != 1:
        what = "no file is named" if not files else "several files are named in pyproject.toml"
        raise InputError([f"{what}; write --expectations FILE"])
    check_outputs(files, results)
    done = updated(files[0], api.read_results(*results), part)
    for what, lines in (("added", done.added), ("taken out", done.removed), ("narrowed", done.narrowed)):
        for line in lines:
            print(f"{what}  {printable(line, 300)}")
    if done.changed:
        write(files[0], lambda: files[0].write_bytes(done.text.encode()))
    else:
        print(f"{files[0]}: nothing to change")
