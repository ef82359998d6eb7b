"""The arguments and options that several commands have."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated

import typer

from ..adapters.registry import NAMES
from ..report.formats import FORMATS, Format

Catalogs = Annotated[list[str], typer.Argument(metavar="CATALOG...", help="TOML files, or names of shipped catalogs.")]
Envs = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        metavar="[LABEL:]ADAPTER=PYTHON",
        help=f"An interpreter that has a framework: {', '.join(NAMES)}. Repeat for several.",
    ),
]
Own = Annotated[
    list[Path] | None,
    typer.Option("--adapter", metavar="FILE", help="A Python file with an adapter of your own. Repeat for several."),
]
Select = Annotated[
    str | None, typer.Option("-k", metavar="EXPR", help="Only cases whose id matches: 'same and not 512'.")
]
Timeout = Annotated[float, typer.Option("--timeout", metavar="S", min=0.1, help="Seconds that a case may take.")]
Memory = Annotated[
    float, typer.Option("--memory", metavar="GB", min=0.1, help="Memory that a case may take, beyond the import.")
]
AsWritten = Annotated[bool, typer.Option("--as-written", help="Run no ports, and no other input sizes.")]
ShapesOnly = Annotated[
    bool, typer.Option("--shapes-only", help="Run nothing; ask each framework for the shape that it infers.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with RESULTS; run only what is not in it.")]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Run everything, and keep nothing for later runs; see `convparity cache`.")
]
ShardOption = Annotated[
    str | None, typer.Option("--shard", metavar="PART/PARTS", help="Only this part of the cases: 1/4 to 4/4.")
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 even where something diverges.")]
Expectations = Annotated[
    list[Path] | None,
    typer.Option(
        "--expectations",
        metavar="FILE",
        help="What is expected to diverge, and why. Repeat for several; default: tool.convparity.expectations of the "
        "nearest pyproject.toml.",  # no brackets, which are markup to some versions of typer
    ),
]
FailOn = Annotated[
    list[str] | None,
    typer.Option("--fail-on", metavar="VERDICT,...", help="Fail by these verdicts only, such as shape,shifted,values."),
]
Locked = Annotated[
    Path | None,
    typer.Option("--locked", metavar="FILE", help="Fail where anything is not as in this file of `convparity lock`."),
]
Agree = Annotated[
    list[str] | None,
    typer.Option(
        "--agree",
        metavar="LABEL,LABEL,...",
        help="Fail where these environments disagree among themselves. Repeat for several groups.",
    ),
]

Files = Mapping[Format, Path]
NO_FILES: Files = {}


def writes_files(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each format of reports, in place of its parameter ``files``, which maps them."""
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
    del with_files.__wrapped__  # whose annotations typer would read
    return with_files
