"""``convparity stack``: the sizes and receptive fields of layers in a row, and what to write for each elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..cases.errors import InputError
from ..cases.text import printable, several
from . import complete

if TYPE_CHECKING:
    from ..report.preflight.source import SourceFile
    from ..report.preflight.stack import Stack

MOST_CALLS = 10  # that are named


def stack(
    lines: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|LINE...",
            help="A Python file that defines a model, which is read and never run (FILE.py:NAME if it has several); "
            "a text file with one layer on each "
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
    from ..cases.catalog.sizes import model_input_sizes
    from ..environments.aliases import adapters_in
    from ..report import output_file
    from ..runs.outputs import check_outputs, write

    check_outputs((json_file,), ())
    adapters = adapters_in(to) if to is not None else []
    found, notes = as_stack(lines, model_input_sizes(input_))
    told = [*found.lines(adapters), *notes]
    print("\n".join(told), file=sys.stderr if json_file == output_file.STDOUT else sys.stdout)
    if json_file:
        text = json.dumps(found.to_json(adapters), indent=1) + "\n"
        write(json_file, lambda: output_file.write(json_file, text.encode()))


def as_stack(lines: list[str], sizes: tuple[int, ...]) -> tuple[Stack, list[str]]:
    """Return the layers of a file, or those that were given, as a stack, and what is to be said about the file.

    Raise InputError for a file that cannot be read, and as :func:`convparity.stack` does.
    """
    from ..report.preflight.source import HOW
    from ..report.preflight.sources import of_file
    from ..report.preflight.stack import stack as made
    from ..report.preflight.stack import stacked

    given = read_lines(lines, sizes)
    if isinstance(given, list):
        return made(given, sizes), []
    name = printable(file_and_model(lines[0])[0])
    return stacked(of_file(name, given.found), sizes), ["", HOW, *remarks(name, given)]


def read_lines(lines: list[str], sizes: tuple[int, ...]) -> list[str] | SourceFile:
    """Return the lines of a file, or those that were given; or the layers of a source file, on an input of some sizes.

    Raise InputError for a file that cannot be read.
    """
    if len(lines) > 1 or "(" in lines[0]:
        return lines
    from ..report.preflight.source import layers_in

    file, model = file_and_model(lines[0])
    text = _text(file)
    if not model and layers_in(text) is None:
        rows = [line.strip() for line in text.splitlines()]
        return [line.rstrip(",") for line in rows if line and not line.startswith("#")]
    return source(lines[0], sizes, text)


def file_and_model(text: str) -> tuple[str, str]:
    """Return the path and the name of the model in FILE.py[:NAME]."""
    path, colon, name = text.rpartition(":")
    return (path, name) if colon and path.endswith(".py") and name.isidentifier() else (text, "")


def source(file: str, sizes: tuple[int, ...], text: str | None = None) -> SourceFile:
    """Return the layers of FILE.py[:NAME] on an input. Raise InputError if it cannot be read, or calls none."""
    from ..report.preflight.sizes import Sizes
    from ..report.preflight.source import layers_in

    path, model = file_and_model(file)
    text = _text(path) if text is None else text
    read = layers_in(text, model, path, lambda: Sizes(sizes))
    if read is None or not read.found:
        why = "is not Python that can be read" if read is None else "calls no layer that is known"
        raise InputError([f"{printable(file)}: {why}; expected layers such as nn.Conv2d or layers.Conv2D"])
    if not any(one.slides for one in read.found):
        why = "applies no convolution or pool that can be read"
        raise InputError([" ".join([f"{printable(file)}: {why}.", *remarks(printable(path), read)])])
    return read


def remarks(file: str, read: SourceFile) -> list[str]:
    """Return sentences about what is not known in a file, and about its models that were not followed."""
    found = []
    if read.passed:
        calls = [f"{printable(name, 60)} (line {number})" for name, number in read.passed[:MOST_CALLS]]
        more = len(read.passed) - len(calls)
        told = several([*calls, f"{more} more"] if more else calls)
        found.append(f"Not known without running {file}, and taken to change nothing: {told}.")
    if read.others:
        names = several([printable(one, 60) for one in read.others])
        found.append(f"The model is {printable(read.model, 60)} of {file}; for {names} give {file}:NAME.")
    return found


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError([f"{file}: cannot be read: {why}"]) from None
