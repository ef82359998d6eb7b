"""``convparity figure``: draws what layers read, receptive fields, drift, and the matrix of a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..cases.errors import InputError
from ..cases.text import printable
from ..runs.outputs import check_outputs, write
from . import complete
from .options import Select
from .usage import Command, Group

if TYPE_CHECKING:
    from ..report.figures.figure import Figure
    from ..report.preflight.stack import Stack
    from ..report.verdicts.verdict import Verdict

figure = typer.Typer(cls=Group, no_args_is_help=True, help="Draw a figure as SVG, PDF or PNG. No framework is needed.")

Lines = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="LAYER...", help="Layer expressions, such as 'nn.Conv2d(1, 1, 3)'; or none, with --results."
    ),
]
Stacked = Annotated[
    list[str],
    typer.Argument(metavar="FILE|LINE...", help="A text file with one layer on each line, or the lines themselves."),
]
Input = Annotated[
    str | None, typer.Option("--input", metavar="[N]x[C]x[D]x[H]xW", help="Input size, such as 8x8 or 3x224x224.")
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="ADAPTER,...",
        help="Also draw the lines that people write in these frameworks, such as torch,tensorflow (predicted).",
        autocompletion=complete.targets,
    ),
]
Results = Annotated[
    Path | None,
    typer.Option("--results", metavar="RESULTS", help="Draw what was measured: a results file of run -o or observe."),
]
CaseId = Annotated[str | None, typer.Option("--case", metavar="ID", help="The layer of RESULTS to draw.")]
Labels = Annotated[
    str | None,
    typer.Option("--env", metavar="LABEL,...", help="The environments of RESULTS to draw (default: all)."),
]
Output = Annotated[
    Path,
    typer.Option("-o", "--output", metavar="FILE", help="The file to write, which ends in .svg, .pdf or .png."),
]
Dark = Annotated[bool, typer.Option("--dark", help="Draw on a dark ground.")]


@figure.callback()
def _figure() -> None:
    """Draw a figure as SVG, PDF or PNG. Its text alternative is in the file, and is printed. Nothing is run."""


@figure.command(cls=Command)
def utilisation(
    output: Output,
    layers: Lines = None,
    input_: Input = None,
    to: To = None,
    results: Results = None,
    case: CaseId = None,
    env: Labels = None,
    dark: Dark = False,
) -> None:
    """Draw how often each element of the input is read, with a grid for each layer and framework."""
    from .. import figures

    _check(output, results)
    given = _rows(results, case, env) if results else _needed(layers)
    _write(figures.utilisation(*given, input=_sizes(input_), frameworks=to or (), dark=dark), output)


@figure.command(cls=Command)
def windows(
    output: Output,
    layers: Lines = None,
    input_: Input = None,
    to: To = None,
    places: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="ROW,COLUMN",
            help="The output whose window is drawn, from 1. Can be repeated (default: the first that differs).",
        ),
    ] = None,
    results: Results = None,
    case: CaseId = None,
    env: Labels = None,
    dark: Dark = False,
) -> None:
    """Draw windows in the padded input, of one layer or of two over each other.

    Of a layer and one framework, or of one environment of RESULTS, it is the request and the line that people write
    there; of two layers, frameworks or environments, these two.
    """
    from .. import figures
    from ..cases.catalog.sizes import input_sizes

    _check(output, results)
    given = _rows(results, case, env) if results else _needed(layers)
    outputs = [input_sizes(place, "--at") for place in places or ()]
    _write(figures.windows(given, _sizes(input_), to or (), outputs, dark), output)


@figure.command(cls=Command)
def receptive(output: Output, lines: Stacked, input_: Input = None, to: To = None, dark: Dark = False) -> None:
    """Draw the receptive field of layers in a row: its size, stride and centre at every layer.

    The lines that people write in one framework, --to, are drawn over it.
    """
    from .. import figures

    _check(output, None)
    _write(figures.receptive(_stack(lines, input_), framework=to or "", dark=dark), output)


@figure.command(cls=Command)
def drift(output: Output, lines: Stacked, input_: Input = None, to: To = None, dark: Dark = False) -> None:
    """Draw how far the windows of the lines that people write drift, at every layer of a stack or a model.

    A model is named as in `convparity preflight`: it is run on its input once to see its layers, unless it is a
    recording.
    """
    from .. import api, figures
    from ..adapters.models.naming import looks_like_a_model

    _check(output, None)
    if len(lines) == 1 and looks_like_a_model(lines[0]):
        _write(figures.drift(api.preflight(lines[0], to, input_ or ()), dark=dark), output)
    else:
        _write(figures.drift(_stack(lines, input_), frameworks=to or (), dark=dark), output)


@figure.command(cls=Command)
def matrix(
    output: Output,
    results: Annotated[
        list[str],
        typer.Argument(
            metavar="RESULTS|CATALOG...", help="Results files of run -o or observe; with --predict, catalogs."
        ),
    ],
    predict: Annotated[
        bool, typer.Option("--predict", help="Draw what is predicted for the layers of catalogs.")
    ] = False,
    select: Select = None,
    dark: Dark = False,
) -> None:
    """Draw the layers of a report by its environments, with a verdict in each cell."""
    from .. import api, figures

    _check(output, None)
    if select and not predict:
        raise InputError(["-k: it chooses among the layers of catalogs, with --predict; RESULTS are drawn as they are"])
    report = api.predict(*results, select_by=select) if predict else api.read_results(*results)
    _write(figures.matrix(report, dark), output)


def _check(output: Path, results: Path | None) -> None:
    """Raise InputError before anything is worked out for a file that cannot be the output."""
    from ..report.figures.figure import format_of

    format_of(output)
    check_outputs([output], [results])


def _needed(layers: list[str] | None) -> list[str]:
    if not layers:
        raise InputError(["nothing to draw; give a LAYER, such as 'nn.Conv2d(1, 1, 3)', with --input, or --results"])
    return layers


def _sizes(text: str | None) -> tuple[int, ...] | None:
    from ..cases.catalog.sizes import input_sizes

    return input_sizes(text) if text else None


def _stack(lines: list[str], input_: str | None) -> Stack:
    """Return the layers of a file, or those that were given, as a stack."""
    from .stack import as_stack

    if input_ is None:
        raise InputError(["--input is missing; give the input size of the first layer, such as --input 3x224x224"])
    return as_stack(lines, _sizes(input_) or ())[0]


def _rows(results: Path, case: str | None, env: str | None) -> list[Verdict]:
    """Return the rows of a results file that are named. Raise InputError for names that are not in it."""
    from .. import api

    report = api.read_results(results)
    id = _one(case, [one.id for one in report.cases], f"--case: the layer of {results}")
    known = [one.label for one in report.environments]
    labels = [_one(label, known, f"--env: the environment of {results}") for label in env.split(",")] if env else known
    return [row for label in labels if (row := report.verdict(id, label))]


def _one(name: str | None, known: list[str], what: str) -> str:
    """Return the name, or the only one there is. Raise InputError for any other."""
    if name is None and len(known) == 1:
        return known[0]
    if name not in known:
        given = "is not given" if name is None else f"is {printable(name, 60)!r}"
        raise InputError([f"{what} {given}; expected one of {printable(', '.join(known), 300)}"])
    return name


def _write(made: Figure, output: Path) -> None:
    """Write a figure, and print its text alternative."""
    write(output, lambda: made.save(output))
    print(made.alt)
