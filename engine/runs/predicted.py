"""A run without frameworks: the predictions for the cases in the framework of each built-in adapter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..adapters.prediction import Prediction, predict
from ..adapters.registry import USUAL, held
from ..adapters.spelling import Inexpressible
from ..adapters.worker.protocol import Written
from ..cases.arithmetic import Invalid, axes
from ..cases.case import Case
from ..cases.operations.axis import Axis
from ..cases.operations.table import operation
from ..cases.reference import References
from ..cases.sampling import LARGEST_MAP, largest_map
from ..report.results.file import Environment, Results
from ..report.results.observation import Observation, Sampling
from ..report.verdicts.computed import Comparison, Computed
from ..report.verdicts.counts import divisors
from ..report.verdicts.run import Run
from .working import working

DONE_AT_ONCE = 1000  # cases between two lines of progress
LAYERS = 2**8  # layers that are kept: most frameworks compute the same one for a case
AXES = 2**6  # axes whose maps are kept: different layers have the same axes


@dataclass(frozen=True)
class ByConstruction:
    """The prediction for a port that the reader cannot read: a port is written so that it agrees."""

    verdict: str = "agrees"
    reason: str = ""
    sizes: str = ""


def predicted_run(cases: Sequence[Case], adapters: Iterable[str] = USUAL) -> Run:
    """Return the run of cases in environments that are only predicted, one for each adapter."""
    results = Results(ended=True, cases={case.id: case for case in cases})
    for adapter in adapters:
        framework, version = held(adapter).split()
        results.environments[adapter] = Environment(adapter, adapter, {framework: version}, {"basis": "predicted"})
    for start in range(0, len(cases), DONE_AT_ONCE):
        with working(f"predicting {start} of {len(cases)} layers"):
            for case in cases[start : start + DONE_AT_ONCE]:
                for label in results.environments:
                    for observation in _observations(case, label):
                        key = (label, case.id, case.input, observation.spelling)
                        results.observations[key] = observation
    return Run(results, References(values=lambda case: False))


def _observations(case: Case, adapter: str) -> Iterator[Observation]:
    """Yield the observation that is predicted of a case as written, and of its port where that one diverges."""
    written = _observation(predict(case, adapter), "as written")
    if written is None:
        return
    yield written
    agrees = written.prediction is not None and written.prediction.verdict == "agrees"
    if agrees or isinstance(axes(case), Invalid):
        return
    port = predict(case, adapter, "port")
    if isinstance(port.spelling, Inexpressible):
        yield Observation(adapter, case.id, case.input, "port", "no port", reason=port.spelling.reason)
    elif found := _observation(port, "port"):
        yield found


def _observation(predicted: Prediction, written: Written) -> Observation | None:
    """Return the prediction for a line as an observation; None where nothing is predicted."""
    case, spelling = predicted.case, predicted.spelling
    found = Observation(predicted.adapter, case.id, case.input, written)
    if isinstance(spelling, Inexpressible):
        found.outcome, found.reason = "inexpressible", spelling.reason
        return found
    found.source, found.words, found.note = spelling.source, spelling.words, spelling.note
    if spelling.literal:
        found.literal, found.literal_error = spelling.literal.source, spelling.literal.error
    if predicted.reading is not None:
        layer = _layer(predicted.asked, Computed.by(predicted.reading))
        found.prediction = layer.comparison
    elif written == "port":
        layer = _layer(case, Computed(case))
        found.prediction = ByConstruction()
    else:
        return None
    found.outcome, found.error = ("raised", layer.error) if layer.error else ("ran", "")
    found.dtype, found.shape, found.sampling = layer.dtype, layer.shape, layer.sampling
    return found


@dataclass(frozen=True)
class _Layer:
    """What is predicted of a computed layer: its output or its error, and the elements it reads where it diverges."""

    comparison: Comparison
    error: str = ""
    dtype: str = ""
    shape: tuple[int, ...] | None = None
    sampling: Sampling | None = None


@lru_cache(LAYERS)
def _layer(asked: Case, got: Computed) -> _Layer:
    """Return what is predicted of a computed layer that a case asked for."""
    comparison = Comparison(asked, got)
    if comparison.error:
        return _Layer(comparison, comparison.error)
    sampling = None if comparison.verdict == "agrees" else _sampling(comparison)
    return _Layer(comparison, dtype=got.case.dtype, shape=comparison.shape, sampling=sampling)


def _sampling(compared: Comparison) -> Sampling | None:
    """Return the elements that a layer reads as a measurement would give them; None where there are too many."""
    asked, got = compared.asked_axes, compared.got_axes
    if isinstance(asked, Invalid) or isinstance(got, Invalid) or compared.got.sizes is not None:
        return None
    if max(largest_map(asked), largest_map(got)) > LARGEST_MAP:
        return None
    case, mirrored = compared.got.case, compared.got.mirrored
    maps = tuple(_map(axis, mirrored) for axis in got)
    divided = None
    if operation(case.op).divides:
        divided = tuple(tuple(map(float, line)) for line in divisors(case, got))
    return Sampling(maps, True, True, divisors=divided)


@lru_cache(AXES)
def _map(axis: Axis, mirrored: bool) -> np.ndarray:
    """Return the map (output, kernel) of the elements that an axis reads, which many layers share."""
    found = axis.sampling()[:, :: -1 if mirrored else 1]
    found.flags.writeable = False
    return found
