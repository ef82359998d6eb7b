"""``convparity port``: writes a line of source, or the layers of a model, in another framework after running both."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..adapters.registry import NAMES
from ..cases.errors import DIVERGES, InputError
from ..cases.text import count
from ..runs.outputs import check_outputs, write
from .options import Envs, With
from .record import ModelMemory, ModelTimeout

if TYPE_CHECKING:
    from ..models.porting import ModelPort
    from ..runs.porting import Port


def port(
    line: Annotated[
        str,
        typer.Argument(
            metavar="LINE|MODEL",
            help="Layer expression, such as \"layers.Conv2D(32, 3, padding='same')\", or a model or the folder of its "
            "recording, as for `record`.",
        ),
    ],
    to: Annotated[
        str,
        typer.Option("--to", metavar="ADAPTER", help=f"Framework to port to: {', '.join(NAMES[:-1])} or {NAMES[-1]}."),
    ],
    input_: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="[N]x[C]x[D]x[H]xW",
            help="Input size, channels first, such as 512x512 or 3x512x512; of a model, as for `record`.",
        ),
    ] = None,
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
    memory: ModelMemory = 8.0,
    timeout: ModelTimeout = 600.0,
) -> None:
    """Write a layer, or each layer of a model, in another framework, with the weights carried over.

    Both are run first, on the same random weights and input. Where one of the frameworks has no environment here, the
    port is marked as predicted. Exit with 1 if they differ. A model is executed, with random weights.
    """
    from .. import api
    from ..adapters.models.naming import looks_like_a_model
    from ..adapters.models.recording import FILE
    from ..cases.catalog.sizes import input_sizes
    from ..models.porting import ModelPort

    check_outputs((output,), (Path(line) / FILE,))
    given = input_ or []
    if looks_like_a_model(line):
        made = api.port(line, to, given, env, None, with_ or (), memory, timeout)
        assert isinstance(made, ModelPort)
        _written(made, output, f"{count(made.layers, 'layer')}; {made.stamp}")
        if made.differing:
            raise typer.Exit(DIVERGES)
        return
    if len(given) != 1:
        raise InputError([f"--input: given {len(given)} times; a line needs it once, such as --input 3x512x512"])
    sizes = None if weights is None else input_sizes(weights, "--weights")
    made = api.port(line, to, input_sizes(given[0]), env, sizes, with_ or ())
    assert not isinstance(made, ModelPort)
    if made.check and not made.check.agrees:
        print(f"the port differs from the original, so it is not shown: it {made.check}", file=sys.stderr)
        raise typer.Exit(DIVERGES)
    _written(made, output, made.stamp)


def _written(made: Port | ModelPort, output: Path | None, told: str) -> None:
    """Write a port to a file and say what is known of it, or print it."""
    from ..report import output_file

    if output is None:
        print(made, end="")
        return
    write(output, lambda: output_file.write(output, str(made).encode()))
    print(f"{output}: {told}")
