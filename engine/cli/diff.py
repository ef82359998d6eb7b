"""``convparity diff``: what became of one run in another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import DIVERGES
from ..runs.outputs import check_outputs, write
from .options import ExitZero


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A results file.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A later one.")],
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the changes as HTML.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the changes as JSON.")] = None,
    exit_zero: ExitZero = False,
) -> None:
    """Hold one run against another: what changed, what was added, what is gone. Exits with 1 where anything did."""
    from .. import api
    from ..report.formats import html as page

    check_outputs((html, json_file), (old, new))
    made = api.diff(old, new)
    print(made)
    if html:
        write(html, lambda: page.write(made, html))
    if json_file:
        text = json.dumps(made.to_json(), indent=1) + "\n"
        write(json_file, lambda: json_file.write_text(text, encoding="utf-8"))
    status = made.exit_status
    raise typer.Exit(0 if status == DIVERGES and exit_zero else status)
