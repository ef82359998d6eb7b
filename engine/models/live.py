"""Records and compares models that are live objects of this process."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..adapters import registry
from ..adapters.adapter import error_text
from ..adapters.models.recorder import Recorder
from ..adapters.models.recording import Recording
from ..report.models.result import ComparedModels
from ..runs.working import working
from .comparison import Comparison
from .jobs import Job
from .recordings import expect_new
from .replayed import Side
from .request import position
from .telling import counting

MODELS = (
    "a torch.nn.Module, a Keras model, (module, variables) of Flax linen, an nnx module, a Gluon block or an "
    "onnx.ModelProto"
)


def record(model: Any, x: Any, folder: str | Path | None = None) -> Recording:
    """Return the recording of a model on an input; :func:`convparity.record` says more."""
    if folder is not None:
        expect_new(Path(folder), "folder")
        return _recorded(model, x, Path(folder), "model")[1]
    made = Path(tempfile.mkdtemp(prefix="recorded-by-convparity-"))
    try:
        recording = _recorded(model, x, made, "model")[1]
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    weakref.finalize(recording, shutil.rmtree, made, ignore_errors=True)
    return recording


def compare(original: Any, port: Any, x: Any) -> ComparedModels:
    """Return the comparison of two models. Raise TypeError or ValueError if they cannot be compared."""
    with tempfile.TemporaryDirectory(prefix="recorded-by-convparity-") as folder:
        sides, adapter = [], ""
        for place, model in (("original", original), ("port", port)):
            recorder, recording = _recorded(model, x, Path(folder, place), place)
            sides.append(Side(recording.about["model"], recording, _Replayer(recorder)))
            adapter = recorder.adapter.name
        with working("comparing the layers"):
            return Comparison(sides[0], sides[1], adapter).compared()


class _Replayer:
    """A model of this process, whose calls can be made again."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def run(self, jobs: Iterable[Job]) -> Iterator[dict[int, np.ndarray] | str]:
        """Yield the wanted values of each job, or the error that the framework raised."""
        for job in jobs:
            try:
                yield self.recorder.replay(job.calls, job.given, job.wanted, job.mended)
            except Exception as error:
                yield error_text(error)


def _recorded(model: Any, x: Any, folder: Path, place: str) -> tuple[Recorder, Recording]:
    """Return the recorder of a model, which can make its calls again, and its recording."""
    name = registry.of_model(model)
    if name is None:
        raise TypeError(f"the {place} is a {type(model).__name__}; expected {MODELS}")
    adapter = registry.adapter_class(name)()
    kind = type(model[0] if isinstance(model, tuple) else model).__name__
    with counting(f"recording the {place}, {kind} ({adapter.title})") as progress:
        recorder = registry.recorder_class(name)(adapter, folder, progress)
        if not recorder.is_model(model):
            raise TypeError(f"the {place} is a {kind} ({adapter.title}); expected {MODELS}")
        given = {key: adapter.to_layout(array) for key, array in _arrays(x).items()}
        recorder.record(model, given, {"model": f"{kind} ({adapter.title})"})
    return recorder, Recording(folder)


def _arrays(x: Any) -> dict[str, np.ndarray]:
    """Return inputs by name. Raise ValueError for anything that is no input."""
    if isinstance(x, Mapping):
        named = {str(name): np.asarray(array) for name, array in x.items()}
    elif isinstance(x, Sequence) and not isinstance(x, str) and any(hasattr(part, "shape") for part in x):
        named = {position(number): np.asarray(array) for number, array in enumerate(x)}
    else:
        named = {"": np.asarray(x)}
    for name, array in named.items():
        where = f"input {name!r}" if name else "the input"
        if array.dtype.kind not in "fiub" or array.size == 0:
            raise ValueError(f"{where} is an array {array.shape} of {array.dtype}; expected numbers (N, C, *spatial)")
        if array.size > 1 and (array == array.flat[0]).all():
            raise ValueError(f"{where} is {array.flat[0]} everywhere; a constant input hides shifts and flips")
    return named
