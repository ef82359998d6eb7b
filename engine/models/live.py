"""Records and compares models that are live objects of this process."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..adapters import registry
from ..adapters.adapter import error_text
from ..adapters.models.filling import Filled
from ..adapters.models.recorder import Recorder
from ..adapters.models.recording import Recording
from ..report.models.result import ComparedModels
from ..runs.working import working
from .carrying import Given, carried
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


def compare(
    original: Any, port: Any, x: Any, chosen: Mapping[str, str] | None = None, carry: bool = False
) -> ComparedModels:
    """Return the comparison of two models, of which the original may be a recording, on an input.

    With ``carry``, the port has the original's weights meanwhile, and its own again afterwards. Raise TypeError or
    ValueError if the two cannot be compared.
    """
    with tempfile.TemporaryDirectory(prefix="recorded-by-convparity-") as made, contextlib.ExitStack() as stack:
        folder = Path(made)
        if isinstance(original, Recording):
            ours = Side(original.about["model"], original)
        else:
            ours = _side(*_recorded(original, x, folder / "original", "original"))
        recorder, recording = _recorded(port, x, folder / "port", "port")
        theirs, copied = _side(recorder, recording), None
        if carry:
            filling = stack.enter_context(_Filling(recorder, recording, port))
            theirs, copied = carried(ours, theirs, lambda given: filling.into(given, x, folder / "carried"), chosen)
        with working("comparing the layers"):
            found = Comparison(ours, theirs, recorder.adapter.name, chosen).compared()
        found.carried = copied
        return found


def _side(recorder: Recorder, recording: Recording) -> Side:
    return Side(recording.about["model"], recording, _Replayer(recorder))


class _Filling:
    """A live model that has other weights for as long as the block lasts."""

    def __init__(self, recorder: Recorder, recording: Recording, model: Any) -> None:
        self.adapter, self.recording, self.model = recorder.adapter, recording, model
        self.given: list[Filled] = []

    def __enter__(self) -> Self:
        return self

    def into(self, weights: Given, x: Any, folder: Path) -> tuple[Side, list[int]]:
        """Put weights into calls of the model, and record it again into a folder."""
        for number, arrays in weights.items():
            call = self.recording.calls[number]
            now = {name: np.array(self.recording.array(call.weights[name])) for name in arrays}
            self.given.append(Filled(call, {n: array.astype(now[n].dtype) for n, array in arrays.items()}, now))
        made, left = self._filled(self.given)
        recorder, recording = _recorded(made, x, folder, "port")
        self.given = [self._as_held(one, recording) for one in self.given]
        return _side(recorder, recording), left

    @staticmethod
    def _as_held(one: Filled, recording: Recording) -> Filled:
        """Return weights as the model rounded them, since they are found by that when its own are put back."""
        held = recording.calls[one.call.number].weights
        return Filled(one.call, {name: np.array(recording.array(held[name])) for name in one.weights}, one.now)

    def __exit__(self, *about: object) -> None:
        self._filled([Filled(one.call, one.now, one.weights) for one in self.given])

    def _filled(self, given: list[Filled]) -> tuple[Any, list[int]]:
        return registry.filling(self.adapter.name).filled(self.adapter, self.model, given)


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
