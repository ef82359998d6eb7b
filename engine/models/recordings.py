"""Records models: the process of an environment builds one, runs it, and writes its calls."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..adapters.models.recording import Recording
from ..cases.errors import HarnessFault, InputError
from ..runs.run_folder import run_folder
from ..workers.bundle import write_bundle
from ..workers.limits import Limits
from .request import ModelRequest
from .telling import counting
from .worker import ModelProcess


@contextmanager
def process(request: ModelRequest, folder: Path, limits: Limits) -> Iterator[ModelProcess]:
    """Yield a started process for a model, which ends with the block."""
    assert request.spec is not None
    bundle = write_bundle(folder, [request.spec], models=True)
    log = folder / f"{threading.get_ident()}.log"
    worker = ModelProcess(request.spec, bundle, log, limits, threading.Event())
    try:
        worker.start()
        yield worker
    finally:
        worker.kill()


def record_into(
    worker: ModelProcess, request: ModelRequest, inputs: Mapping[str, Path], folder: Path, random: bool = False
) -> Recording:
    """Return the recording of a model on inputs, written into a folder. Raise InputError if it cannot be recorded."""
    with counting(f"recording {request.name}") as progress:
        worker.record(request.name, inputs, folder, progress, random)
    return Recording(folder)


def record(request: ModelRequest, texts: list[str], output: Path, limits: Limits) -> Recording:
    """Return the recording of a model, written to ``output``, which must be new or empty."""
    from .request import input_files

    if request.spec is None:
        raise InputError([f"{request.name}: is a recording already"])
    expect_new(output, "-o")
    try:
        with run_folder() as folder:
            files = input_files(texts, folder)
            with process(request, folder, limits) as worker:
                return record_into(worker, request, files, output.absolute())
    except OSError as error:
        raise HarnessFault(f"{output}: cannot be written: {error.strerror}") from None


def expect_new(folder: Path, option: str) -> None:
    """Raise InputError, which names the option, if a folder exists already and is not empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError([f"{option} {folder}: exists already; name a new folder"])
