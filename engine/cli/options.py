"""The arguments and options that several commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated

import typer

from ..adapters.registry import NAMES
from ..report.formats import FORMATS, Format
from ..report.results.limits import UNPACKED as UNPACKED

Catalogs = Annotated[
    list[str], typer.Argument(metavar="CATALOG...", help="TOML files, or names of catalogs that come with convparity.")
]
Envs = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        metavar="[LABEL:]ADAPTER=PYTHON",
        help="An adapter and a Python interpreter that has its framework. The adapters are "
        f"{', '.join(NAMES[:-1])} and {NAMES[-1]}. Can be repeated.",
    ),
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="[LABEL:]ADAPTER[==VERSION][,PACKAGE==VERSION...]",
        help="An environment that convparity installs itself, once, for all projects; 'all' is one for each adapter. "
        "Can be repeated.",
    ),
]
Own = Annotated[
    list[Path] | None,
    typer.Option("--adapter", metavar="FILE", help="A Python file with your own adapter. Can be repeated."),
]
Select = Annotated[
    str | None, typer.Option("-k", metavar="EXPR", help="Run only cases whose id matches, such as 'same and not 512'.")
]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="S", min=0.1, help="Time limit for each case, in seconds.")
]
Memory = Annotated[
    float,
    typer.Option(
        "--memory", metavar="GB", min=0.1, help="Memory limit for each case, in GB beyond what the import takes."
    ),
]
AsWritten = Annotated[
    bool, typer.Option("--as-written", help="Run layers only as written: no ports and no other input sizes.")
]
ShapesOnly = Annotated[
    bool, typer.Option("--shapes-only", help="Run no layer; only ask each framework for the shape that it infers.")
]
Predict = Annotated[
    bool,
    typer.Option("--predict", help="Run nothing: predict what each framework does. No framework has to be installed."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue the run in RESULTS: run only what is not in it.")]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Run everything, and store nothing for later runs; see `convparity cache`."),
]
ShardOption = Annotated[
    str | None, typer.Option("--shard", metavar="PART/PARTS", help="Run only this part of the cases: 1/4 to 4/4.")
]
Unpacked = Annotated[
    float,
    typer.Option(
        "--unpacked",
        metavar="MB",
        min=0.001,
        help="Most MB that compressed RESULTS and the arrays in them may unpack to.",
    ),
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 even if something diverges.")]
Open = Annotated[
    bool,
    typer.Option("--open", help="Open the HTML report in the browser; without --html, it is a temporary file."),
]
Expectations = Annotated[
    list[Path] | None,
    typer.Option(
        "--expectations",
        metavar="FILE",
        help="File of expected divergences and their reasons. Can be repeated (default: tool.convparity.expectations "
        "in the nearest pyproject.toml).",  # no square brackets, which some versions of typer read as markup
    ),
]
FailOn = Annotated[
    list[str] | None,
    typer.Option("--fail-on", metavar="VERDICT,...", help="Fail only on these verdicts, such as shape,shifted,values."),
]
Locked = Annotated[
    Path | None,
    typer.Option("--locked", metavar="FILE", help="Fail if anything differs from this file of `convparity lock`."),
]
Agree = Annotated[
    list[str] | None,
    typer.Option(
        "--agree",
        metavar="LABEL,LABEL,...",
        help="Fail if these environments disagree with each other. Can be repeated, once for each group.",
    ),
]

Files = Mapping[Format, Path]
NO_FILES: Files = {}


def writes_files(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with one option for each report format, which together replace its parameter ``files``."""
    options = {
        f"{format.name}_file": Annotated[
            Path | None, typer.Option(f"--{format.name}", metavar="FILE", help=format.help)
        ]
        for format in FORMATS
    }
    known = inspect.signature(command, eval_str=True).parameters

    @wraps(command)
    def with_files(**given: object) -> None:
        paths = {format: given.pop(name) for format, name in zip(FORMATS, options, strict=True)}
        command(**given, files={format: path for format, path in paths.items() if path})

    parameters: list[inspect.Parameter] = []
    for name, parameter in known.items():
        if name != "files":
            parameters.append(parameter)
            continue
        keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters += [inspect.Parameter(n, keyword, default=None, annotation=o) for n, o in options.items()]
    with_files.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_files.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del with_files.__wrapped__  # typer would read its annotations
    return with_files
