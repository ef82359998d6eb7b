"""``convparity compare``: compares two lines of source, or two models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..cases.errors import DIVERGES, InputError
from ..runs.outputs import check_outputs, write
from .options import Envs, ExitZero, With
from .record import ModelMemory, ModelTimeout

if TYPE_CHECKING:
    from ..report.findings.compared import Compared
    from ..report.models.result import ComparedModels


def compare(
    first: Annotated[
        str,
        typer.Argument(
            metavar="FIRST",
            help="Layer expression, such as \"layers.Conv2D(32, 3, padding='same')\", or the original MODEL: "
            "LABEL:module:factory, a file or a recording, as for `convparity record`.",
        ),
    ],
    second: Annotated[
        str,
        typer.Argument(metavar="SECOND", help="Layer expression that should be the same layer, or the MODEL's port."),
    ],
    input_: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="[N]x[C]x[D]x[H]xW|FILE.npy",
            help="Input size, channels first, such as 512x512 or 3x512x512. For models 1x3x224x224, optionally with "
            ":normal, :uniform or :image, or a file; once for each input, as NAME=... if there are several.",
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the comparison as JSON.")
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs", metavar="FILE.toml", help='For models: layers to compare, as lines "path in port" = "original".'
        ),
    ] = None,
    env: Envs = None,
    with_: With = None,
    memory: ModelMemory = 8.0,
    timeout: ModelTimeout = 600.0,
    exit_zero: ExitZero = False,
) -> None:
    """Compare two lines of source, or two models: show where they differ, why, and what to write instead.

    A model is your own code and is executed, in its environment only. Exit with 1 if they differ.
    """
    from ..adapters.models.naming import looks_like_a_model
    from ..report import output_file

    check_outputs((json_file,), (pairs,))
    if looks_like_a_model(first) or looks_like_a_model(second):
        from ..models import comparing, request
        from ..models.chosen import read_pairs
        from ..workers.limits import Limits

        chosen = read_pairs(pairs) if pairs else None
        named = [request.model(text, env or (), with_ or ()) for text in (first, second)]
        limits = Limits(timeout, int(memory * 2**30))
        found: ComparedModels | Compared = comparing.compare(named[0], named[1], input_ or [], limits, chosen)
    else:
        found = _lines(first, second, input_ or [], {"--pairs": pairs, "--env": env, "--with": with_})
    print(found)
    if json_file:
        text = json.dumps(found.to_json(), indent=1) + "\n"
        write(json_file, lambda: output_file.write(json_file, text.encode()))
    raise typer.Exit(0 if found.same or exit_zero else DIVERGES)


def _lines(first: str, second: str, inputs: list[str], for_models: dict[str, object]) -> Compared:
    """Return the comparison of two lines. Raise InputError for options that only models have."""
    from ..report.findings.compared import compare as compared
    from .explain_request import input_sizes

    if wrong := [name for name, value in for_models.items() if value]:
        raise InputError([f"{wrong[0]}: is for models only; two lines are compared without running them"])
    if len(inputs) != 1:
        raise InputError([f"--input: given {len(inputs)} times; two lines have one, such as --input 3x512x512"])
    return compared(first, second, input_sizes(inputs[0]))
