"""``convparity stack``: the sizes and receptive fields of layers in a row, and what to write for each elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..cases.errors import InputError
from ..cases.text import printable
from . import complete

if TYPE_CHECKING:
    from ..report.preflight.source import Found


def stack(
    lines: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|LINE...",
            help="A Python file that defines a model, which is read and never run; a text file with one layer on each "
            "line ('-' is standard input); or the lines themselves.",
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
    from ..report.preflight.source import HOW
    from ..report.preflight.stack import stack as made
    from ..runs.outputs import check_outputs, write

    check_outputs((json_file,), ())
    adapters = adapters_in(to) if to is not None else []
    layers, sizes, places = read_lines(lines, input_sizes(input_))
    found = made(layers, sizes, places)
    told = [*found.lines(adapters), *(["", HOW] if places else [])]
    print("\n".join(told), file=sys.stderr if json_file == output_file.STDOUT else sys.stdout)
    if json_file:
        text = json.dumps(found.to_json(adapters), indent=1) + "\n"
        write(json_file, lambda: output_file.write(json_file, text.encode()))


def read_lines(lines: list[str], sizes: tuple[int, ...]) -> tuple[list[str], tuple[int, ...], list[str]]:
    """Return the lines of a file, or those that were given, the input size, and the place of each line.

    Raise InputError for a file that cannot be read.
    """
    if len(lines) > 1 or "(" in lines[0]:
        return lines, sizes, []
    from ..report.preflight.source import layers_in

    text = _text(lines[0])
    if layers_in(text) is None:
        rows = [line.strip() for line in text.splitlines()]
        return [line.rstrip(",") for line in rows if line and not line.startswith("#")], sizes, []
    found = source(lines[0], text)
    return [one.line for one in found], sizes, [f"{printable(lines[0])}:{one.number}" for one in found]


def source(file: str, text: str | None = None) -> list[Found]:
    """Return the layers of a source file. Raise InputError if it cannot be read or calls none."""
    from ..report.preflight.source import layers_in

    found = layers_in(_text(file) if text is None else text)
    if not found:
        why = "is not Python that can be read" if found is None else "calls no layer that is known"
        raise InputError([f"{printable(file)}: {why}; expected layers such as nn.Conv2d or layers.Conv2D"])
    return found


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError([f"{file}: cannot be read: {why}"]) from None
