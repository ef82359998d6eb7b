"""``convparity bisect``: finds the release of a framework in which a layer began to do otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import DIVERGES, FAULT
from ..runs.outputs import check_outputs, write
from .options import OUTPUT, Memory, NoCache, Timeout
from .reporting import Quiet
from .versions import WHICH, List, Package, Pre, listed


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
    list_: List = False,
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
    from ..cases.catalog.sizes import input_sizes
    from ..releases.bisecting import bisected
    from ..releases.choice import Choice
    from ..releases.series import Series
    from ..report import output_file
    from ..runs.settings import Settings
    from ..runs.working import silence

    if quiet:
        silence()
    check_outputs((output,), ())
    settings = Settings(timeout, memory, cache=not no_cache)
    asked = api.one_case(case, None if input_ is None else input_sizes(input_))
    series = Series(adapter, package)
    candidates = series.chosen(Choice.between(good, bad), pre)
    if list_:
        listed(candidates)
        return
    found = bisected(asked, series, candidates, settings)
    print(found)
    if found.script and output:
        write(output, lambda: output_file.write(output, found.script.encode()))
    elif found.script:
        print(f"\n{found.script}", end="")
    if found.found.last is None:
        raise typer.Exit(FAULT)
    raise typer.Exit(0 if found.change else DIVERGES)
