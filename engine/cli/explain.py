"""``convparity explain``: explains one layer."""

from __future__ import annotations

from typing import Annotated

import typer

from ..cases.operations import OPS
from . import complete
from .finish import end
from .options import Envs, ExitZero, Own, With
from .verdict_pages import verdict_page


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
        typer.Option(
            "--input", metavar="[N]x[C]x[D]x[H]xW", help="Input size, such as 512x512, 3x512x512 or 1x3x512x512."
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            metavar="SHAPE",
            help="Shape of the weights that LAYER names, in its framework's order: 64x3x7x7 for F.conv2d(x, w).",
        ),
    ] = None,
    kernel: Annotated[
        str | None, typer.Option("--kernel", metavar="K", help="Kernel size, instead of LAYER: 3, or 3x5 per axis.")
    ] = None,
    op: Annotated[
        str | None,
        typer.Option(
            "--op", metavar="OP", help=f"Operation: {OPS[0]} (the default), {', '.join(OPS[1:-1])} or {OPS[-1]}."
        ),
    ] = None,
    padding: Annotated[
        str | None,
        typer.Option(
            "--padding",
            metavar="P",
            help="Padding: 1, or 0,1 per axis, or 0+1,2+2 per side, or a word such as same.",
        ),
    ] = None,
    stride: Annotated[str | None, typer.Option("--stride", metavar="S", help="Stride: 2, or 3,4 per axis.")] = None,
    dilation: Annotated[
        str | None, typer.Option("--dilation", metavar="D", help="Dilation: 2, or 1,2 per axis.")
    ] = None,
    output_padding: Annotated[
        str | None,
        typer.Option(
            "--output-padding", metavar="O", help="Output padding of transposed convolutions: 1, or 0,1 per axis."
        ),
    ] = None,
    input_padding: Annotated[
        str | None,
        typer.Option(
            "--input-padding", metavar="I", help="Padding of the input of transposed convolutions, as for --padding."
        ),
    ] = None,
    padding_mode: Annotated[
        str | None,
        typer.Option(
            "--padding-mode",
            metavar="MODE",
            help="zeros, reflect, replicate, circular or symmetric, or one per axis: replicate,reflect.",
        ),
    ] = None,
    ceil_mode: Annotated[
        bool, typer.Option("--ceil", help="For pools: let the last window extend past the end.")
    ] = False,
    count_include_pad: Annotated[
        bool | None,
        typer.Option("--count-include-pad/--no-count-include-pad", help="For averages: whether padding is counted."),
    ] = None,
    divisor_override: Annotated[
        str | None,
        typer.Option("--divisor-override", metavar="D", help="For averages: what every sum is divided by."),
    ] = None,
    env: Envs = None,
    with_: With = None,
    own: Own = None,
    run_it: Annotated[bool, typer.Option("--run", help="Run the layer in the environments that are found.")] = False,
    with_weights: Annotated[
        bool,
        typer.Option(
            "--with-weights", help="Show the lines of NumPy that carry the weights of LAYER to each line to paste."
        ),
    ] = False,
    exit_zero: ExitZero = False,
) -> None:
    """Calculate one layer by the formula; with --env, --with or --run, show what frameworks do and what to paste."""
    if layer and (page := verdict_page(layer)):
        print(page, end="")
        return
    from ..report.findings.predicted import NOTHING
    from ..report.findings.predicted import lines as predictions
    from ..report.findings.to_write import carried
    from ..report.verdicts.formula import work_out
    from .explain_request import input_sizes, read_request

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
    if not env and not with_ and not own and not run_it:
        below = carried(asked) if with_weights else NOTHING
        print("\n".join([*work_out(asked.case), *asked.asides, *predictions(asked.case, asked.dressing, below=below)]))
        return
    from .. import api
    from ..adapters.own.loading import Adapters
    from ..report.findings.explained import Explained
    from ..runs.execution import run_in
    from ..runs.explaining import explained as run_expression

    specs = api.specs(env, Adapters(own or ()), with_ or ())
    if layer is None:
        explained = Explained(asked.case, run_in((asked.case,), specs), asked.asides)
    else:
        assert input_ is not None
        shape = None if weights is None else input_sizes(weights, "--weights")
        explained = run_expression(layer, input_sizes(input_), shape, specs, with_weights)
    print(explained)
    assert explained.report is not None
    end(explained.report, exit_zero)
