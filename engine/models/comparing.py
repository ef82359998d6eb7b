"""Compares two models by name: records both, each in a process of its environment, and compares the recordings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from ..cases.errors import InputError
from ..report.models.result import ComparedModels
from ..runs.run_folder import run_folder
from ..runs.working import working
from ..workers.limits import Limits
from .carrying import carried, into_process
from .comparison import Comparison
from .recordings import process, record_into
from .replayed import Side
from .replaying import Replayer
from .request import ModelRequest, input_files


def compare(
    original: ModelRequest,
    port: ModelRequest,
    inputs: list[str],
    limits: Limits,
    chosen: Mapping[str, str] | None = None,
    carry: bool = False,
) -> ComparedModels:
    """Return the comparison of a port with its original, with the original's weights in the port if they are carried.

    Raise InputError if one of the two cannot be recorded.
    """
    if port.spec is None:
        raise InputError([f"{port.name}: is a recording; the port has to be a model, because its layers are run again"])
    if port.name.lower().endswith(".tflite"):
        what = "TensorFlow Lite runs whole models only, and the layers of the port have to be run by themselves"
        raise InputError([f"{port.name}: can only be the original: {what}"])
    with run_folder() as folder, ExitStack() as stack:
        sides: list[Side] = []
        files = _inputs(original, inputs, folder)
        for number, request in enumerate((original, port)):
            if request.recording:
                sides.append(Side(request.name, request.recording))
                continue
            own = folder / f"model-{number}"
            own.mkdir()
            worker = stack.enter_context(process(request, own, limits))
            recording = record_into(worker, request, files, own / "recording")
            sides.append(Side(request.name, recording, Replayer(worker, request.name, own / "values")))
        ours, theirs = sides
        copied = None
        if carry:
            theirs, copied = carried(ours, theirs, into_process(worker, port.name, folder / "carried"), chosen)
        with working("comparing the layers"):
            found = Comparison(ours, theirs, port.spec.adapter, chosen).compared()
        found.carried = copied
        return found


def _inputs(original: ModelRequest, inputs: list[str], folder: Path) -> dict[str, Path]:
    """Return the inputs as files; those of a recording are used again unless there are others."""
    if original.recording is None:
        return input_files(inputs, folder)
    if inputs:
        raise InputError([f"--input: {original.name} is a recording, whose own input is used; leave it out"])
    recording = original.recording
    files = {}
    for number, (name, value) in enumerate(zip(recording.about["input_names"], recording.inputs, strict=True)):
        files[name] = folder / f"input-{number}.npy"
        np.save(files[name], np.ascontiguousarray(recording.canonical(value)), allow_pickle=False)
    return files
