"""``convparity report``: the verdicts on what was observed before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .finish import Wanted, finish
from .options import ExitZero, Html, Json, Junit, Markdown


def report(
    results: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Files of observe, or of run -o.")],
    html: Html = None,
    json_file: Json = None,
    junit: Junit = None,
    markdown: Markdown = None,
    exit_zero: ExitZero = False,
) -> None:
    """Merge results files, and report."""
    from .. import api

    wanted = Wanted(html, json_file, exit_zero, junit, markdown)
    finish(api.read_results(*results), wanted)
