"""``convparity bisect``: finds the release of a framework in which a layer began to do otherwise."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import DIVERGES, FAULT
from ..runs.outputs import check_outputs, write
from .options import OUTPUT, Memory, NoCache, Timeout
from .reporting import Quiet
from .versions import WHICH, Package, Pre


def bisect(
    case: Annotated[
        str,
        typer.Argument(
            metavar="CASE", help="Id of a case in a catalog that ships, CATALOG:ID, or a layer expression with --input."
        ),
    ],
    adapter: Annotated[
        str,
        typer.Argument(
            metavar="ADAPTER",
            help="The adapter, as in --with but without a version: keras-torch, or flax,jax==0.7.2.",
        ),
    ],
    input_: Annotated[
        str | None,
        typer.Option("--input", metavar="[N]x[C]x[D]x[H]xW", help="Input size of a layer expression, channels first."),
    ] = None,
    good: Annotated[
        str | None,
        typer.Option(
            "--good",
            metavar="VERSION",
            help="The release from which on to search (default: the oldest that convparity supports).",
            rich_help_panel=WHICH,
        ),
    ] = None,
    bad: Annotated[
        str | None,
        typer.Option(
            "--bad",
            metavar="VERSION",
            help="The release up to which to search (default: the newest).",
            rich_help_panel=WHICH,
        ),
    ] = None,
    package: Package = None,
    pre: Pre = False,
    timeout: Timeout = 30.0,
    memory: Memory = 4.0,
    no_cache: NoCache = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the script that shows the change to a file instead of printing it.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Find the release of a framework in which a layer began to do otherwise, by halving the releases between two.

    About log2 of them are installed, as for --with. Exit with 1 if the first and the last one do the same.
    """
    from .. import api
    from ..report import output_file
    from ..runs.working import silence
    from .explain_request import input_sizes

    if quiet:
        silence()
    check_outputs((output,), ())
    found = api.bisect(
        case,
        adapter,
        None if input_ is None else input_sizes(input_),
        good=good,
        bad=bad,
        package=package,
        pre=pre,
        timeout=timeout,
        memory=memory,
        cache=not no_cache,
    )
    print(found, file=sys.stdout)
    if found.script and output:
        write(output, lambda: output_file.write(output, found.script.encode()))
    elif found.script:
        print(f"\n{found.script}", end="")
    if found.found.last is None:
        raise typer.Exit(FAULT)
    raise typer.Exit(0 if found.change else DIVERGES)
