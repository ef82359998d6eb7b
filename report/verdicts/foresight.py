"""The differences of a measurement from its prediction, in which a change in a release shows.

A prediction never replaces a measurement. Known mistakes of releases are no part of the model, so they differ too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ...adapters.expression import Reading
from ...adapters.prediction import by_other_kernels, predict
from ...adapters.registry import NAMES, held
from ...adapters.running import COMPILED
from ...adapters.spelling import Inexpressible
from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
from ...cases.text import shape_text
from ..results.observation import Observation
from .computed import Comparison, Computed

MODEL = "predicted by the model of {}"
LIMITED = ("timed out", "out of memory")
MEASURED = ("ran", "raised", "inexpressible", "crashed", *LIMITED)


def unforeseen(
    case: Case, adapter: str, verdict: str, observation: Observation, facts: Mapping[str, object] = MappingProxyType({})
) -> str:
    """Return the prediction for a case as written, where the measurement differs from it; else an empty string.

    Compared are the verdict, the shape, and the elements read if they were measured. Nothing is predicted for adapters
    of users, for another line than the one that ran, for numbers beyond any real layer's, and for what a hostile case
    does beyond the limits of a run. ``facts`` are those of the environment: compiled layers have kernels of their own.
    """
    if adapter not in NAMES or observation.prediction is not None or observation.outcome not in MEASURED:
        return ""
    if case.extreme or (case.hostile and observation.outcome in LIMITED):
        return ""
    found = predict(case, adapter)
    model = MODEL.format(held(adapter))
    if isinstance(found.spelling, Inexpressible):
        return "" if verdict == "inexpressible" else f"inexpressible, {model}"
    if found.reading is None or found.spelling.source != observation.source or found.reading.case.rank != case.rank:
        return ""
    reading = by_other_kernels(found.reading) if facts.get("mode") == COMPILED else found.reading
    return parted(case, reading, verdict, observation, model)


def parted(case: Case, reading: Reading, verdict: str, observation: Observation, model: str) -> str:
    """Return the prediction for a line that was run for a case, where the measurement differs from it; else empty.

    ``reading`` is the line as its framework computes it, and ``model`` says where that comes from.
    """
    comparison = Comparison(case, Computed.by(reading))
    shape = comparison.shape
    if not case.batch and (comparison.verdict, verdict, observation.sampling) == ("shifted", "agrees", None):
        return ""  # no numbers show what an empty batch reads
    if comparison.verdict != verdict:
        return f"{comparison.verdict}{f' {shape_text(shape[2:])}' if shape else ''}, {model}"
    if shape != observation.shape:
        return f"the shape {shape_text(shape and shape[2:])}, {model}"
    measured, computed = observation.sampling, axes(reading.case)
    if measured is None or not (measured.exact and measured.separable):
        return ""
    if reading.sizes is not None or isinstance(computed, Invalid):
        return ""
    maps = [indices[:, ::-1] if reading.mirrored else indices for indices in measured.maps]
    if verdict == "shifted" and not all(axis.same_reads(indices) for axis, indices in zip(computed, maps, strict=True)):
        return f"other elements, {model}"
    return ""
