"""``convparity repro``: writes a script that shows how two frameworks differ in a layer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import DIVERGES
from .options import Envs, With


def repro(
    case: Annotated[
        str,
        typer.Argument(
            metavar="CASE", help="Id of a case in a catalog that ships, CATALOG:ID, or a layer expression with --input."
        ),
    ],
    adapters: Annotated[
        str, typer.Option("--adapters", metavar="ADAPTER,ADAPTER", help="The two frameworks, such as torch,tensorflow.")
    ],
    input_: Annotated[
        str | None,
        typer.Option("--input", metavar="[N]x[C]x[D]x[H]xW", help="Input size of a layer expression, channels first."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write the script to a file instead of printing it."),
    ] = None,
    env: Envs = None,
    with_: With = None,
) -> None:
    """Write a script that shows how two frameworks differ in a layer, for an issue; it needs only them and NumPy.

    It runs in both before it is written. Exit with 1, and write nothing, if they do not differ.
    """
    from .. import api
    from ..cases.catalog.sizes import input_sizes
    from ..report import output_file
    from ..runs.outputs import check_outputs, write

    check_outputs((output,), ())
    names = [name.strip() for name in adapters.split(",")]
    text = api.repro(case, names, None if input_ is None else input_sizes(input_), env, with_ or ())
    if not text:
        print(f"{' and '.join(names)} do the same in this layer, so there is nothing to show", file=sys.stderr)
        raise typer.Exit(DIVERGES)
    if output is None:
        print(text, end="")
    else:
        write(output, lambda: output_file.write(output, text.encode()))
