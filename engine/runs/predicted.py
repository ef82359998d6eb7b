"""A run without frameworks: the predictions for the cases in the framework of each built-in adapter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

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
LAYERS = 2**8  # comparisons that are kept: most frameworks compute the same layer for a case


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
    if predicted.reading is None:
        if written == "as written":
            return None
        found.prediction = ByConstruction()
        computed = case
    else:
        computed = predicted.reading.case
        got = Computed.by(predicted.reading)
        found.prediction = _compared(predicted.asked, got)
        if got.refusal:
            found.outcome, found.error = "raised", got.refusal
            return found
        if got.sizes is not None:
            found.outcome, found.dtype = "ran", computed.dtype
            found.shape = (computed.batch, computed.out_channels, *got.sizes)
            return found
    computed_axes = axes(computed)
    if isinstance(computed_axes, Invalid):
        found.outcome, found.error = "raised", computed_axes.reason
        return found
    found.outcome, found.dtype = "ran", computed.dtype
    found.shape = (computed.batch, computed.out_channels, *(axis.output for axis in computed_axes))
    asked = axes(case)
    drawable = not isinstance(asked, Invalid) and largest_map(asked) <= LARGEST_MAP
    if drawable and found.prediction.verdict != "agrees":
        mirrored = predicted.reading is not None and predicted.reading.mirrored
        found.sampling = _sampling(computed, computed_axes, mirrored)
    return found


@lru_cache(LAYERS)
def _compared(asked: Case, got: Computed) -> Comparison:
    """Return the comparison of a computed layer with the request, which keeps what it has worked out."""
    return Comparison(asked, got)


def _sampling(case: Case, case_axes: tuple[Axis, ...], mirrored: bool) -> Sampling | None:
    """Return the elements that a layer reads as a measurement would give them; None where there are too many."""
    if largest_map(case_axes) > LARGEST_MAP:
        return None
    maps = tuple(axis.sampling()[:, :: -1 if mirrored else 1] for axis in case_axes)
    divided = None
    if operation(case.op).divides:
        divided = tuple(tuple(map(float, line)) for line in divisors(case, case_axes))
    return Sampling(maps, True, True, divisors=divided)
