"""``convparity hunt``: searches random layers for divergences that nothing explains."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import DIVERGES
from ..cases.operations import OPS
from ..runs.outputs import check_outputs, write
from ..runs.working import silence
from .on import On, machines
from .options import OUTPUT, WHAT, ExitZero, Expectations, Memory, Mode, Own, With
from .policy import read_policy
from .reporting import Quiet


def hunt(
    environments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LABEL:]ADAPTER[=PYTHON]...",
            help="Environments, as in observe (default: those of --with, else those that `convparity envs` lists).",
            show_default=False,
        ),
    ] = None,
    minutes: Annotated[
        float,
        typer.Option(
            "--minutes", metavar="M", min=0.01, help="How long to draw layers, in minutes.", rich_help_panel=WHAT
        ),
    ] = 10.0,
    layers: Annotated[
        int | None,
        typer.Option("--layers", metavar="N", min=1, help="Draw N layers instead.", rich_help_panel=WHAT),
    ] = None,
    ops: Annotated[
        list[str] | None,
        typer.Option("--op", metavar="OP,...", help=f"Only these operations: {', '.join(OPS)}.", rich_help_panel=WHAT),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="N",
            min=0,
            help="The same seed draws the same layers (default: another one each time, which is shown).",
            rich_help_panel=WHAT,
        ),
    ] = None,
    with_: With = None,
    mode: Mode = None,
    own: Own = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", min=0.1, help="Time limit for each layer, in seconds.")
    ] = 10.0,
    memory: Memory = 4.0,
    on: On = None,
    expectations: Expectations = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="Write the layers as a catalog, and a script for each, into this new folder.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json",
            metavar="FILE",
            help="Write the result as JSON; - is the standard output.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    quiet: Quiet = False,
    exit_zero: ExitZero = False,
) -> None:
    """Search for divergences that nobody has listed: random layers, each that shows one shrunk to the smallest.

    Environments that have no right to differ, such as two backends of Keras, are compared with each other, all others
    with the model of their framework. Exit with 1 if something is found that no expectation describes.
    """
    from ..adapters.own.loading import Adapters
    from ..environments.find import find_one, resolve
    from ..environments.modes import in_modes
    from ..environments.ready import with_option
    from ..hunting import hunting
    from ..hunting.folder import check_folder
    from ..hunting.searching import Plan
    from ..report import output_file
    from ..runs.settings import Settings

    if quiet:
        silence()
    check_outputs((json_file,), own or ())
    check_folder(output)
    adapters = Adapters(own or ())
    known = read_policy(expectations, None, None, None, (), adapters.names).expectations or ()
    words = [name.strip() for text in ops or () for name in text.split(",") if name.strip()]
    plan = Plan.of(minutes, layers, words, seed, known)
    named = [find_one(text, "ENVIRONMENT", adapters) for text in environments or ()]
    made = with_option(with_ or (), adapters)
    specs = in_modes(resolve((), adapters, "ENVIRONMENT", made=[*named, *made]), mode)
    with machines(on):
        hunted = hunting.hunt(specs, plan, Settings(timeout, memory), output)
    print(hunted.headline if quiet else hunted, file=sys.stderr if json_file == output_file.STDOUT else sys.stdout)
    if json_file:
        text = json.dumps(hunted.to_json(), indent=1) + "\n"
        write(json_file, lambda: output_file.write(json_file, text.encode()))
    status = hunted.exit_status
    raise typer.Exit(0 if status == DIVERGES and exit_zero else status)
