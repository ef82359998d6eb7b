"""``convparity explain``: one layer."""

from __future__ import annotations

from typing import Annotated

import typer

from ..cases.operations import OPS
from .finish import end
from .options import Envs, ExitZero, Own


def explain(
    layer: Annotated[
        str | None, typer.Argument(metavar="LAYER", help='Such as "nn.Conv2d(3, 64, 7, stride=2, padding=3)".')
    ] = None,
    input_: Annotated[
        str | None,
        typer.Option("--input", metavar="[N]x[C]x[D]x[H]xW", help="The input: 512x512, 3x512x512, 1x3x512x512."),
    ] = None,
    kernel: Annotated[str | None, typer.Option("--kernel", metavar="K", help="Instead of LAYER: 3x5, or 3.")] = None,
    op: Annotated[
        str | None, typer.Option("--op", metavar="OP", help=f"One of {', '.join(OPS)}; by default {OPS[0]}.")
    ] = None,
    padding: Annotated[
        str | None, typer.Option("--padding", metavar="P", help="1, or 0,1 per axis, or 0+1,2+2 per side, or a word.")
    ] = None,
    stride: Annotated[str | None, typer.Option("--stride", metavar="S", help="2, or 3,4 per axis.")] = None,
    dilation: Annotated[str | None, typer.Option("--dilation", metavar="D", help="2, or 1,2 per axis.")] = None,
    output_padding: Annotated[
        str | None,
        typer.Option("--output-padding", metavar="O", help="Of transposed convolutions: 1, or 0,1 per axis."),
    ] = None,
    padding_mode: Annotated[
        str | None, typer.Option("--padding-mode", metavar="MODE", help="zeros, reflect, replicate or circular.")
    ] = None,
    ceil_mode: Annotated[bool, typer.Option("--ceil", help="Of pools: a last window may hang over the end.")] = False,
    count_include_pad: Annotated[
        bool | None,
        typer.Option("--count-include-pad/--no-count-include-pad", help="Of averages: whether padding is counted."),
    ] = None,
    env: Envs = None,
    own: Own = None,
    run_it: Annotated[bool, typer.Option("--run", help="Run it in the environments that are found.")] = False,
    exit_zero: ExitZero = False,
) -> None:
    """Work one layer out by the formula; with --env or --run, see what each framework does and what to paste."""
    from ..report.verdicts.formula import work_out
    from .explain_request import read_request

    case, asides = read_request(
        layer,
        input_,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
        op=op,
        kernel=kernel,
        padding=padding,
        stride=stride,
        dilation=dilation,
        output_padding=output_padding,
        padding_mode=padding_mode,
    )
    if not env and not own and not run_it:
        print("\n".join([*work_out(case), *asides]))
        return
    from .. import api
    from ..adapters.own.loading import Adapters
    from ..report.findings.explained import Explained
    from ..runs import execution

    explained = Explained(
        case, execution.run_in((case,), api.specs(env, Adapters(own or ()))), asides, layer is not None
    )
    print(explained)
    assert explained.report is not None
    end(explained.report, exit_zero)
