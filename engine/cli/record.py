"""``convparity record``: writes every call of a model, with its input, weights and output, to a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cases.text import count
from .options import Envs, With

Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="[NAME=]NxCxHxW[:normal|:uniform|:image]|FILE.npy",
        help="Input of the model, channels first in every framework: its size, filled with random numbers that are the "
        "same each time, or a file. Once for each input; with names if the model takes several by name.",
    ),
]
ModelMemory = Annotated[
    float,
    typer.Option("--memory", metavar="GB", min=0.1, help="Memory limit, in GB beyond what the import takes."),
]
ModelTimeout = Annotated[float, typer.Option("--timeout", metavar="S", min=1, help="Time limit, in seconds.")]
MODEL = (
    "LABEL:module:factory, such as torch:nets:make or torch:nets:make('small'), or a file: .onnx, .keras, .h5, .pt2 or "
    ".tflite. "
    "The factory is a function of yours in the current folder or an installed package. It is executed, in the "
    "environment with this label only. A file is read as data."
)
Model = Annotated[str, typer.Argument(metavar="MODEL", help=MODEL)]
RecordedModel = Annotated[
    str, typer.Argument(metavar="MODEL", help=f"{MODEL} Or the folder of a recording, which needs no --input.")
]


def record(
    model: Model,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FOLDER", help="Folder to write, which must be new.")
    ],
    input_: Inputs = None,
    env: Envs = None,
    with_: With = None,
    memory: ModelMemory = 8.0,
    timeout: ModelTimeout = 600.0,
) -> None:
    """Run a model once, and record each layer and function that it calls: path, settings, weights, input and output.

    The model infers; nothing is trained. The folder holds arrays (.npy) and recording.json, and no pickle.
    """
    from ..models.recordings import record as recorded
    from ..models.request import model as named
    from ..workers.limits import Limits

    request = named(model, env or (), with_ or ())
    made = recorded(request, input_ or [], output, Limits(timeout, int(memory * 2**30)))
    kinds = [call.kind for call in made.calls]
    layers = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    print(f"{output}: {count(len(made.calls), 'call')} ({layers})")
    print(f"inference: {made.about['inference']}")
