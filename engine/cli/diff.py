"""``convparity diff``: compares two runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import DIVERGES
from ..runs.outputs import check_outputs, write
from .options import UNPACKED, ExitZero, Unpacked


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Results file of the earlier run.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Results file of the later run.")],
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the changes as HTML.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the changes as JSON.")] = None,
    unpacked: Unpacked = UNPACKED,
    exit_zero: ExitZero = False,
) -> None:
    """Compare two runs: show what changed, what was added and what was removed. Exit with 1 if anything differs."""
    from .. import api
    from ..report import output_file
    from ..report.formats import html as page

    check_outputs((html, json_file), (old, new))
    made = api.diff(old, new, unpacked)
    print(made, file=sys.stderr if json_file == output_file.STDOUT else sys.stdout)
    if html:
        write(html, lambda: page.write(made, html))
    if json_file:
        text = json.dumps(made.to_json(), indent=1) + "\n"
        write(json_file, lambda: output_file.write(json_file, text.encode()))
    status = made.exit_status
    raise typer.Exit(0 if status == DIVERGES and exit_zero else status)
