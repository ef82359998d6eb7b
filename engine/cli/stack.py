"""``convparity stack``: the sizes and receptive fields of layers in a row, and what to write for each elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import InputError
from . import complete


def stack(
    lines: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|LINE...",
            help="A text file with one layer on each line (blank lines and comments are skipped; '-' is standard "
            "input), or the lines themselves.",
        ),
    ],
    input_: Annotated[
        str, typer.Option("--input", metavar="[N]x[C]x[D]x[H]xW", help="Input size of the first, such as 3x240x240.")
    ],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ADAPTER,...",
            help="Also say what to write for each layer in these frameworks, and how far the usual lines drift.",
            autocompletion=complete.targets,
        ),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the stack as JSON.")] = None,
) -> None:
    """Show the sizes and receptive fields of layers in a row, and what to write for each in other frameworks.

    All of it is worked out by arithmetic; nothing is run.
    """
    from ..cases.catalog.sizes import input_sizes
    from ..environments.aliases import adapters_in
    from ..report import output_file
    from ..report.preflight.stack import stack as made
    from ..runs.outputs import check_outputs, write

    check_outputs((json_file,), ())
    adapters = adapters_in(to) if to is not None else []
    found = made(_read(lines), input_sizes(input_))
    print("\n".join(found.lines(adapters)), file=sys.stderr if json_file == output_file.STDOUT else sys.stdout)
    if json_file:
        text = json.dumps(found.to_json(adapters), indent=1) + "\n"
        write(json_file, lambda: output_file.write(json_file, text.encode()))


def _read(lines: list[str]) -> list[str]:
    """Return the lines of a file, or those that were given. Raise InputError for a file that cannot be read."""
    if len(lines) > 1 or "(" in lines[0]:
        return lines
    try:
        text = sys.stdin.read() if lines[0] == "-" else Path(lines[0]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError([f"{lines[0]}: cannot be read: {why}"]) from None
    return [line.strip().rstrip(",") for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
