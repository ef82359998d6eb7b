"""``convparity compare``: compares two lines of source."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import DIVERGES
from ..runs.outputs import check_outputs, write
from .options import ExitZero


def compare(
    first: Annotated[
        str, typer.Argument(metavar="FIRST", help="Layer expression, such as \"layers.Conv2D(32, 3, padding='same')\".")
    ],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="Layer expression that should be the same layer.")],
    input_: Annotated[
        str,
        typer.Option(
            "--input", metavar="[N]x[C]x[D]x[H]xW", help="Input size, channels first, such as 512x512 or 3x512x512."
        ),
    ],
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the comparison as JSON.")
    ] = None,
    exit_zero: ExitZero = False,
) -> None:
    """Compare two lines of source: show where they differ, and what to write instead. Exit with 1 if they differ."""
    from ..report import output_file
    from ..report.findings.compared import compare as compared
    from .explain_request import input_sizes

    check_outputs((json_file,), ())
    found = compared(first, second, input_sizes(input_))
    print(found, file=sys.stderr if json_file == output_file.STDOUT else sys.stdout)
    if json_file:
        text = json.dumps(found.to_json(), indent=1) + "\n"
        write(json_file, lambda: output_file.write(json_file, text.encode()))
    raise typer.Exit(0 if found.same or exit_zero else DIVERGES)
