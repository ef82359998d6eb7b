"""``convparity port``: writes a line of source in another framework, with its weights, after running both."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..adapters.registry import NAMES
from ..cases.errors import DIVERGES
from .options import Envs, With


def port(
    line: Annotated[
        str, typer.Argument(metavar="LINE", help="Layer expression, such as \"layers.Conv2D(32, 3, padding='same')\".")
    ],
    to: Annotated[
        str,
        typer.Option("--to", metavar="ADAPTER", help=f"Framework to port to: {', '.join(NAMES[:-1])} or {NAMES[-1]}."),
    ],
    input_: Annotated[
        str,
        typer.Option(
            "--input", metavar="[N]x[C]x[D]x[H]xW", help="Input size, channels first, such as 512x512 or 3x512x512."
        ),
    ],
    weights: Annotated[
        str | None,
        typer.Option("--weights", metavar="SHAPE", help="Shape of the weights that LINE names, as for `explain`."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write the port to a Python file instead of printing it."),
    ] = None,
    env: Envs = None,
    with_: With = None,
) -> None:
    """Write a layer in another framework, with its weights carried over, after running both on the same random input.

    Where one of the frameworks has no environment here, the port is marked as predicted. Exit with 1 if they differ.
    """
    from .. import api
    from ..report import output_file
    from ..runs.outputs import check_outputs, write
    from .explain_request import input_sizes

    check_outputs((output,), ())
    sizes = None if weights is None else input_sizes(weights, "--weights")
    made = api.port(line, to, input_sizes(input_), env, sizes, with_ or ())
    if made.check and not made.check.agrees:
        print(f"the port differs from the original, so it is not shown: it {made.check}", file=sys.stderr)
        raise typer.Exit(DIVERGES)
    if output is None:
        print(made, end="")
        return
    write(output, lambda: output_file.write(output, str(made).encode()))
    print(f"{output}: {made.stamp}")
