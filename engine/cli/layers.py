"""``convparity layers``: writes the convolutions and pools of a model as a catalog."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..runs.outputs import check_outputs, write
from .options import Envs, With
from .record import Inputs, ModelMemory, ModelTimeout, RecordedModel


def layers(
    model: RecordedModel,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="CATALOG", help="Catalog to write, such as net.cases.toml.")
    ],
    input_: Inputs = None,
    env: Envs = None,
    with_: With = None,
    memory: ModelMemory = 8.0,
    timeout: ModelTimeout = 600.0,
) -> None:
    """Write the distinct convolutions and pools of a model, at their real input sizes, as a catalog for `run`.

    Comments say where each layer is in the model, how often it comes and how deep, and what was left out and why.
    """
    from ..adapters.models.recording import FILE
    from ..models.preflight import layers_in, recording
    from ..models.request import model as named
    from ..report import output_file
    from ..report.preflight.catalog import left_out, summary, text
    from ..workers.limits import Limits

    check_outputs((output,), (Path(model), Path(model) / FILE))
    request = named(model, env or (), with_ or ())
    with recording(request, input_ or [], Limits(timeout, int(memory * 2**30))) as made:
        found = layers_in(made)
        content = text(found).encode()
        write(output, lambda: output_file.write(output, content))
    shown = sys.stderr if output == output_file.STDOUT else sys.stdout
    print("\n".join([f"{output}: {summary(found)}", *left_out(found)]), file=shown)
