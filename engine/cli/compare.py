"""``convparity compare``: compares two lines of source, two source files, or two models."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..cases.errors import DIVERGES, InputError
from ..cases.text import printable, shown
from ..runs.outputs import check_outputs, write
from ..workers.limits import Limits
from .options import Envs, ExitZero, LockedEnvironments, With
from .record import ModelMemory, ModelTimeout

if TYPE_CHECKING:
    from ..report.findings.compared import Compared
    from ..report.models.result import ComparedModels
    from ..report.preflight.sources import SourcesCompared


def compare(
    first: Annotated[
        str,
        typer.Argument(
            metavar="FIRST",
            help="Layer expression, such as \"layers.Conv2D(32, 3, padding='same')\", or the original MODEL: "
            "LABEL:module:factory, a file or a recording, as for `convparity record`; or the Python file of a model, "
            "which is read and never run.",
        ),
    ],
    second: Annotated[
        str,
        typer.Argument(
            metavar="SECOND", help="Layer expression that should be the same layer, or the MODEL's or the file's port."
        ),
    ],
    input_: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="[N]x[C]x[D]x[H]xW|FILE.npy",
            help="Input size, channels first, such as 512x512 or 3x512x512 (for lines, by default one that both can "
            "have). For models 1x3x224x224, optionally with :normal, :uniform or :image, or a file; once for each "
            "input, as NAME=... if there are several.",
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the comparison as JSON.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="For models: write the comparison as a page.")
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs", metavar="FILE.toml", help='For models: layers to compare, as lines "path in port" = "original".'
        ),
    ] = None,
    carry: Annotated[
        bool,
        typer.Option("--carry", help="For models: copy the original's weights into the port first, in memory only."),
    ] = False,
    env: Envs = None,
    with_: With = None,
    locked: LockedEnvironments = None,
    run_it: Annotated[
        bool,
        typer.Option("--run", help="For lines: run each in an environment of its framework, of those that are found."),
    ] = False,
    memory: ModelMemory = 8.0,
    timeout: ModelTimeout = 600.0,
    exit_zero: ExitZero = False,
) -> None:
    """Compare two lines of source, two source files or two models: show where they differ, and what to write instead.

    A model is your own code and is executed, in its environment only. Source files are predicted, and so are lines, or
    with --run, --env or --with measured. Exit with 1 if they differ.
    """
    from ..adapters.models.naming import looks_like_a_model
    from ..report import output_file
    from .stack import file_and_model

    files = [text for text in (first, second) if file_and_model(text)[0].endswith(".py")]
    if len(files) == 1:
        other = second if files == [first] else first
        raise InputError([f"{printable(files[0])} is a source file, and {shown(other)} is not; give two of a kind"])
    sources = len(files) == 2
    models = looks_like_a_model(first) or looks_like_a_model(second)
    check_outputs((html, json_file), (pairs, locked, *map(Path, (first, second) if models else files)))
    if sources:
        for option, given in (
            *(("--pairs", pairs), ("--html", html), ("--carry", carry)),
            *(("--env", env), ("--with", with_), ("--locked", locked), ("--run", run_it)),
        ):
            if given:
                raise InputError([f"{option}: is not for source files, which are read and never run"])
        found: SourcesCompared | ComparedModels | Compared = _sources((first, second), input_ or [])
    elif models:
        if locked:
            raise InputError(["--locked: is for lines only; install the locked environments with `envs add --locked`"])
        most = Limits(timeout, int(memory * 2**30))
        found = _models((first, second), input_ or [], (env, with_), most, pairs, carry)
    else:
        for option, given in (("--pairs", pairs), ("--html", html), ("--carry", carry)):
            if given:
                raise InputError([f"{option}: is for models only, and {shown(first)} is a line"])
        found = _lines(first, second, input_ or [])
        if env or with_ or run_it or locked:
            from .. import api
            from ..environments.locked import held_to_lock
            from ..runs.comparing import measured

            (found,) = measured([found], held_to_lock(api.specs(env, None, with_ or ()), locked))
    print(found, file=sys.stderr if output_file.STDOUT in (html, json_file) else sys.stdout)
    if html:
        from ..report.formats import html as page

        write(html, lambda: page.write(found, html))
    if json_file:
        text = json.dumps(found.to_json(), indent=1) + "\n"
        write(json_file, lambda: output_file.write(json_file, text.encode()))
    raise typer.Exit(0 if found.same or exit_zero else DIVERGES)


def _models(
    texts: tuple[str, str],
    inputs: list[str],
    environments: tuple[Envs, With],
    most: Limits,
    pairs: Path | None,
    carry: bool,
) -> ComparedModels:
    """Return the comparison of two models, whose processes have limits."""
    from ..models import comparing, request
    from ..models.chosen import read_pairs

    chosen = read_pairs(pairs) if pairs else None
    env, with_ = environments
    original, port = (request.model(text, env or (), with_ or ()) for text in texts)
    return comparing.compare(original, port, inputs, most, chosen, carry)


def _sources(files: tuple[str, str], inputs: list[str]) -> SourcesCompared:
    """Return the predicted comparison of two source files. Raise InputError if one cannot be read."""
    from ..cases.catalog.sizes import model_input_sizes
    from ..report.preflight.sources import SourcesCompared, entries
    from .stack import file_and_model, remarks, source

    if len(inputs) != 1:
        raise InputError([f"--input: given {len(inputs)} times; two files have one, such as --input 3x224x224"])
    sizes = model_input_sizes(inputs[0])
    read = [source(file, sizes) for file in files]
    names = [printable(file_and_model(file)[0]) for file in files]
    notes = [note for name, one in zip(names, read, strict=True) for note in remarks(name, one)]
    first, second = (entries(name, one.found, sizes) for name, one in zip(names, read, strict=True))
    return SourcesCompared(first, second, notes)


def _lines(first: str, second: str, inputs: list[str]) -> Compared:
    """Return the predicted comparison of two lines. Raise InputError if they cannot be read, or have several inputs."""
    from ..cases.catalog.sizes import input_sizes
    from ..report.findings.compared import compare as compared

    if len(inputs) > 1:
        raise InputError([f"--input: given {len(inputs)} times; two lines have one, such as --input 3x512x512"])
    return compared(first, second, input_sizes(inputs[0]) if inputs else ())
