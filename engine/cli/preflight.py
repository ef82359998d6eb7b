"""``convparity preflight``: the layers of a model in other frameworks, before a line of a port is written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..adapters.registry import NAMES
from ..runs.outputs import check_outputs, write
from .finish import end
from .options import Envs, ExitZero, With
from .record import Inputs, ModelMemory, ModelTimeout, RecordedModel


def preflight(
    model: RecordedModel,
    input_: Inputs = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ADAPTER,...",
            help=f"Frameworks to port to: {', '.join(NAMES)} (default: one for each framework but the model's own).",
        ),
    ] = None,
    env: Envs = None,
    with_: With = None,
    run_it: Annotated[
        bool, typer.Option("--run", help="Run the layers in the environments that are found, instead of predicting.")
    ] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the HTML report.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the preflight as JSON.")
    ] = None,
    memory: ModelMemory = 8.0,
    timeout: ModelTimeout = 600.0,
    exit_zero: ExitZero = False,
) -> None:
    """Show which layers of a model read other pixels in other frameworks, how far that drifts, and what to write.

    It is predicted; the frameworks that --env, --with or --run give an environment are measured.
    """
    from .. import api
    from ..adapters.models.recording import FILE
    from ..models.preflight import layers_in, preflight, recording, targets
    from ..models.request import model as named
    from ..report import output_file
    from ..report.formats import html as html_format
    from ..workers.limits import Limits

    check_outputs((html, json_file), (Path(model), Path(model) / FILE))
    request = named(model, env or (), with_ or ())
    original = request.recording.adapter if request.recording else request.spec.adapter if request.spec else ""
    adapters = targets(to, original)
    specs = api.specs(env, with_=with_ or ()) if env or with_ or run_it else []
    with recording(request, input_ or [], Limits(timeout, int(memory * 2**30))) as made:
        found = preflight(layers_in(made), adapters, specs)
        shown = sys.stderr if output_file.STDOUT in (html, json_file) else sys.stdout
        print("\n".join(found.lines()), file=shown)
        if json_file:
            content = json.dumps(found.to_json(), indent=1) + "\n"
            write(json_file, lambda: output_file.write(json_file, content.encode()))
        if html:
            write(html, lambda: html_format.write(found, html))
        end(found, exit_zero)
