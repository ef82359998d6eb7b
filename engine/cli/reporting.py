"""The options of the commands that report: the files to write, and the contents of the terminal."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from ..cases.errors import InputError
from ..report.formats import FORMATS, Detail
from ..runs.working import silence
from .finish import Wanted
from .options import OUTPUT, ExitZero

KEYWORD = inspect.Parameter.POSITIONAL_OR_KEYWORD
NOTHING = Wanted({})

Open = Annotated[
    bool,
    typer.Option(
        "--open",
        help="Open the HTML report in the browser; without --html, it is a temporary file.",
        rich_help_panel=OUTPUT,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("-q", "--quiet", help="Show only the headline and errors, and no progress.", rich_help_panel=OUTPUT),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "-v",
        "--verbose",
        help="Show all findings, ports and expected divergences, and the environments.",
        rich_help_panel=OUTPUT,
    ),
]
Ports = Annotated[
    bool,
    typer.Option("--ports", help="Show the ports and the ids of all layers of each finding.", rich_help_panel=OUTPUT),
]
ShowWaived = Annotated[
    bool,
    typer.Option(
        "--show-waived",
        help="Show the findings that are expected, which otherwise are only counted.",
        rich_help_panel=OUTPUT,
    ),
]


def reports(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options that all reports have, which together replace its parameter ``wanted``.

    They are one option for each report format, what the terminal shows, and ``--exit-zero``.
    """
    formats: dict[str, Any] = {
        f"{format.name}_file": Annotated[
            Path | None,
            typer.Option(f"--{format.name}", metavar="FILE", help=format.help, rich_help_panel=OUTPUT),
        ]
        for format in FORMATS
    }
    flags: dict[str, Any] = {
        "ports": Ports,
        "show_waived": ShowWaived,
        "quiet": Quiet,
        "verbose": Verbose,
        "open_": Open,
        "exit_zero": ExitZero,
    }
    known = inspect.signature(command, eval_str=True).parameters

    @wraps(command)
    def with_options(**given: Any) -> None:
        paths = {format: given.pop(name) for format, name in zip(FORMATS, formats, strict=True)}
        ports, waived, quiet, verbose, opens, exit_zero = (given.pop(name) for name in flags)
        if quiet and verbose:
            raise InputError(["-q and -v exclude each other; give one of them"])
        if quiet:
            silence()
        detail = Detail(quiet, ports or verbose, waived or verbose, verbose)
        files = {format: path for format, path in paths.items() if path}
        command(**given, wanted=Wanted(files, exit_zero, detail, opens))

    parameters: list[inspect.Parameter] = []
    for name, parameter in known.items():
        if name != "wanted":
            parameters.append(parameter)
            continue
        for options, default in ((formats, None), (flags, False)):
            parameters += [inspect.Parameter(n, KEYWORD, default=default, annotation=o) for n, o in options.items()]
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del with_options.__wrapped__  # typer would read its annotations
    return with_options
