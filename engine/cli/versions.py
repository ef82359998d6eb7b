"""``convparity versions``: which release of a framework changed which layer."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..cases.errors import DIVERGES, InputError
from ..runs.outputs import check_outputs, write
from ..runs.working import silence
from .on import On, machines
from .options import OUTPUT, ExitZero, Memory, NoCache, Output, Resume, Select, Timeout
from .reporting import Quiet
from .tables import show

if TYPE_CHECKING:
    from ..releases.series import Candidate

WHICH = "Which releases"
Package = Annotated[
    str | None,
    typer.Option(
        "--package",
        metavar="NAME",
        help="The package whose releases are tried, such as jax for keras-jax (default: the adapter's framework).",
        rich_help_panel=WHICH,
    ),
]
Pre = Annotated[bool, typer.Option("--pre", help="Also try pre-releases.", rich_help_panel=WHICH)]

List = Annotated[
    bool, typer.Option("--list", help="List the releases, and install and run nothing.", rich_help_panel=WHICH)
]


def versions(
    adapter: Annotated[
        str,
        typer.Argument(
            metavar="ADAPTER",
            help="The adapter, as in --with but without a version: keras-torch, or flax,jax==0.7.2.",
        ),
    ],
    catalogs: Annotated[
        list[str],
        typer.Argument(metavar="CATALOG...", help="TOML files, or names of catalogs that come with convparity."),
    ],
    last: Annotated[
        int | None,
        typer.Option("--last", metavar="N", min=2, help="The last N releases (default: 6).", rich_help_panel=WHICH),
    ] = None,
    oldest: Annotated[
        str | None,
        typer.Option("--from", metavar="VERSION", help="The oldest release, such as 3.3.", rich_help_panel=WHICH),
    ] = None,
    newest: Annotated[
        str | None,
        typer.Option("--to", metavar="VERSION", help="The newest release, such as 3.15.1.", rich_help_panel=WHICH),
    ] = None,
    named: Annotated[
        str | None,
        typer.Option(
            "--versions",
            metavar="VERSION,...",
            help="Exactly these releases, which may be yanked ones. It is then an error if one cannot be observed.",
            rich_help_panel=WHICH,
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--every",
            help="Every release, instead of the newest patch release of each minor version.",
            rich_help_panel=WHICH,
        ),
    ] = False,
    pre: Pre = False,
    package: Package = None,
    select: Select = None,
    list_: List = False,
    timeout: Timeout = 30.0,
    memory: Memory = 4.0,
    resume: Resume = False,
    no_cache: NoCache = False,
    on: On = None,
    output: Output = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the HTML report.", rich_help_panel=OUTPUT),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the history as JSON; - is the standard output."),
    ] = None,
    quiet: Quiet = False,
    exit_zero: ExitZero = False,
) -> None:
    """Run catalogs in several releases of a framework: say in which release which layer changed.

    Each release is installed once, as for --with. Layers run as written. Exit with 1 if anything changed.
    """
    from .. import api
    from ..cases.catalog.catalog import catalog_file
    from ..releases.choice import Choice
    from ..releases.observing import observed
    from ..releases.series import Series
    from ..report import output_file
    from ..report.formats import html as page
    from ..runs.settings import Settings

    if quiet:
        silence()
    check_outputs((html, json_file, output), map(catalog_file, catalogs))
    choice = Choice.parse(last, oldest, newest, named, every)
    settings = Settings(timeout, memory, resume=resume, cache=not no_cache)
    series = Series(adapter, package)
    cases = api.chosen_cases(catalogs, select)
    candidates = series.chosen(choice, pre)
    if list_:
        listed(candidates)
        return
    if len(candidates) < 2:
        only = f"only {candidates[0].version} is chosen"
        raise InputError([f"{only}, and a change is between two releases; choose more by --last, --from or --every"])
    if not (every or named or quiet):
        print(
            "the newest patch release of each minor version is tried; --every tries all of them",
            file=sys.stderr,
            flush=True,
        )
    with machines(on):
        history = observed(cases, candidates, series.package, settings, output, strict=bool(choice.named))
    stream = sys.stderr if json_file == output_file.STDOUT else sys.stdout
    print(history.headline if quiet else history, file=stream)
    if html:
        write(html, lambda: page.write(history, html))
    if json_file:
        text = json.dumps(history.to_json(), indent=1) + "\n"
        write(json_file, lambda: output_file.write(json_file, text.encode()))
    status = history.exit_status
    raise typer.Exit(0 if status == DIVERGES and exit_zero else status)


def listed(candidates: list[Candidate]) -> None:
    """Print the releases, and for each whether it is installed already."""
    from ..environments.managed.store import Store

    store, rows = Store(), []
    for one in candidates:
        request = one.spec.request if one.spec else None
        there = "installed" if request and store.find(request) else "installed when first needed"
        rows.append((str(one.version), one.problem or there))
    show(("release", "environment"), rows)
