"""``convparity explain``: explains one layer."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..adapters.registry import USUAL
from ..cases.errors import InputError
from ..cases.operations import OPS
from ..cases.text import did_you_mean, printable
from ..report.output_file import STDOUT
from . import complete
from .finish import end
from .options import LAYER, OUTPUT, WHERE, Envs, ExitZero, LockedEnvironments, Own, With
from .verdict_pages import names, verdict_page

if TYPE_CHECKING:
    from ..adapters.expression import Reading
    from ..adapters.missing_input import Missing

of_layer = partial(typer.Option, rich_help_panel=LAYER)


def _predict(asked: Reading, to: str | None, with_weights: bool, json_file: Path | None) -> None:
    """Print what to write for a layer in the frameworks that ``--to`` names, and why. Nothing is run."""
    from ..environments.aliases import adapters_in
    from ..report.findings.answers import answers
    from ..report.findings.asked import to_json
    from ..report.findings.predicted import NOTHING, predictions
    from ..report.findings.predicted import lines as predicted_lines
    from ..report.findings.sentences import sentences
    from ..report.findings.to_write import carried
    from ..report.verdicts.formula import work_out

    adapters = USUAL if to is None else adapters_in(to)
    if json_file:
        _write_json(json_file, to_json(asked, predictions(asked.case, asked.dressing, adapters)))
        if json_file == STDOUT:
            return
    below = carried(asked) if with_weights else NOTHING
    if to is not None:
        print("\n".join(sentences(asked.case, asked.dressing, asked.asides, adapters, below)))
        return
    told = predicted_lines(asked.case, asked.dressing, below=below)
    print("\n".join([*answers(asked), *work_out(asked.case), *asked.asides, *told]))


def _write_json(path: Path, content: dict[str, Any]) -> None:
    from ..report import output_file
    from ..runs.outputs import write

    text = json.dumps(content, indent=1) + "\n"
    write(path, lambda: output_file.write(path, text.encode()))


def _without_window(layer: str | None, input_: str, to: str | None, stand_in: Missing | None) -> bool:
    """Print what to write for a layer that slides no window, such as a norm; return whether it is one that is known."""
    from ..cases.catalog.sizes import input_sizes
    from ..environments.aliases import adapters_in
    from ..report.preflight.no_window.answers import answers
    from ..report.preflight.no_window.stand_ins import without_input

    if layer is None:
        return False
    adapters = None if to is None else adapters_in(to)
    if stand_in and stand_in.windowless:
        lines = without_input(layer, adapters)
    else:
        lines = answers(layer, input_sizes(input_), adapters)
        lines = [*lines, "", stand_in.aside] if lines and stand_in else lines
    if lines:
        print("\n".join(lines))
    return bool(lines)


def explain(
    layer: Annotated[
        str | None,
        typer.Argument(
            metavar="LAYER",
            help='Layer expression, such as "nn.Conv2d(3, 64, 7, stride=2, padding=3)"; or a verdict, such as shifted.',
            autocompletion=complete.questions,
            show_default=False,
        ),
    ] = None,
    input_: Annotated[
        str | None,
        of_layer(
            "--input",
            metavar="[N]x[C]x[D]x[H]xW",
            help="Input size, such as 512x512, 3x512x512 or 1x3x512x512 (default: one that LAYER can have).",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        of_layer(
            "--weights",
            metavar="SHAPE",
            help="Shape of the weights that LAYER names, in its framework's order: 64x3x7x7 for F.conv2d(x, w).",
        ),
    ] = None,
    kernel: Annotated[
        str | None, of_layer("--kernel", metavar="K", help="Kernel size, instead of LAYER: 3, or 3x5 per axis.")
    ] = None,
    op: Annotated[
        str | None,
        of_layer("--op", metavar="OP", help=f"Operation: {OPS[0]} (the default), {', '.join(OPS[1:-1])} or {OPS[-1]}."),
    ] = None,
    padding: Annotated[
        str | None,
        of_layer(
            "--padding",
            metavar="P",
            help="Padding: 1, or 0,1 per axis, or 0+1,2+2 per side, or a word such as same.",
        ),
    ] = None,
    stride: Annotated[str | None, of_layer("--stride", metavar="S", help="Stride: 2, or 3,4 per axis.")] = None,
    dilation: Annotated[str | None, of_layer("--dilation", metavar="D", help="Dilation: 2, or 1,2 per axis.")] = None,
    output_padding: Annotated[
        str | None,
        of_layer(
            "--output-padding", metavar="O", help="Output padding of transposed convolutions: 1, or 0,1 per axis."
        ),
    ] = None,
    input_padding: Annotated[
        str | None,
        of_layer(
            "--input-padding", metavar="I", help="Padding of the input of transposed convolutions, as for --padding."
        ),
    ] = None,
    padding_mode: Annotated[
        str | None,
        of_layer(
            "--padding-mode",
            metavar="MODE",
            help="zeros, reflect, replicate, circular or symmetric, or one per axis: replicate,reflect.",
        ),
    ] = None,
    ceil_mode: Annotated[bool, of_layer("--ceil", help="For pools: let the last window extend past the end.")] = False,
    count_include_pad: Annotated[
        bool | None,
        of_layer("--count-include-pad/--no-count-include-pad", help="For averages: whether padding is counted."),
    ] = None,
    divisor_override: Annotated[
        str | None,
        of_layer("--divisor-override", metavar="D", help="For averages: the divisor of every sum."),
    ] = None,
    env: Envs = None,
    with_: With = None,
    own: Own = None,
    locked: LockedEnvironments = None,
    run_it: Annotated[
        bool,
        typer.Option("--run", help="Run the layer in the environments that are found.", rich_help_panel=WHERE),
    ] = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ADAPTER,...",
            help="Predict only what to write in these frameworks, such as torch or flax,onnx (default: all others).",
            rich_help_panel=OUTPUT,
            autocompletion=complete.targets,
        ),
    ] = None,
    with_weights: Annotated[
        bool,
        typer.Option(
            "--with-weights",
            help="Show the lines of NumPy that carry the weights of LAYER to each line to paste.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json",
            metavar="FILE",
            help="Write the predictions as JSON to FILE; - is the standard output.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    exit_zero: ExitZero = False,
) -> None:
    """Show what to write for a layer in other frameworks, what each of them does with it, and the formula.

    All of it is predicted; with --run, --env or --with, the layer is run.
    """
    if layer and (page := verdict_page(layer)):
        print(page, end="")
        return
    if layer and re.fullmatch(r"[\w -]+", layer):
        verdicts = f"the verdicts {', '.join(names())}{did_you_mean(layer, names())}"
        what = f"is neither a layer, such as 'nn.Conv2d(3, 64, 7)', nor one of {verdicts}"
        raise InputError([f"{printable(layer, 60)!r} {what}"])
    from ..cases.catalog.sizes import input_sizes
    from ..runs.outputs import check_outputs
    from .explain_request import missing, read_request

    check_outputs((json_file,))
    stand_in = missing(layer, kernel, weights) if input_ is None else None
    if stand_in:
        input_ = "x".join(map(str, stand_in.input))
    assert input_ is not None
    try:
        asked = read_request(
            layer,
            input_,
            ceil_mode=ceil_mode,
            count_include_pad=count_include_pad,
            divisor_override=divisor_override,
            weights=weights,
            op=op,
            kernel=kernel,
            padding=padding,
            stride=stride,
            dilation=dilation,
            output_padding=output_padding,
            input_padding=input_padding,
            padding_mode=padding_mode,
        )
    except InputError:
        if json_file or not _without_window(layer, input_, to, stand_in):
            raise
        return
    if stand_in:
        asked = replace(asked, asides=(*asked.asides, stand_in.aside))
    if not (env or with_ or own or run_it or locked):
        _predict(asked, to, with_weights, json_file)
        return
    if to is not None:
        raise InputError(["--to: is for predictions; where a layer is run, --env, --with or --run says where"])
    if json_file:
        raise InputError(["--json: is for predictions; `run CATALOG --json` writes what was measured"])
    from .. import api
    from ..adapters.own.loading import Adapters
    from ..environments.locked import held_to_lock
    from ..report.findings.explained import Explained
    from ..runs.execution import run_in
    from ..runs.explaining import explained as run_expression

    specs = held_to_lock(api.specs(env, Adapters(own or ()), with_ or ()), locked)
    if layer is None:
        explained = Explained(asked.case, run_in((asked.case,), specs), asked.asides)
    else:
        shape = None if weights is None else input_sizes(weights, "--weights")
        explained = run_expression(layer, input_sizes(input_), shape, specs, with_weights)
        explained.asides = asked.asides
    print(explained)
    assert explained.report is not None
    end(explained.report, exit_zero)
