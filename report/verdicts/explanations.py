"""Sentences that explain why an observation differs from the request, composed from the measurements.

This module knows nothing about any framework. An adapter contributes only the spelling of the padding and a note on
what the framework cannot express; pads, shifts and unread elements are measured. The sentences count rows and columns
from 1, as people do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ...cases.arithmetic import AXIS_NAMES
from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.operations.table import operation
from ...cases.operations.windows import NUMPY_MODES
from ...cases.reference import Reference, digest, places
from ...cases.reference import values as reference_values
from ...cases.text import UNITS, first_line, printable, several, shape_text
from ..results.file import Environment
from ..results.observation import AxisMap, Observation, Sampling
from .arithmetic_causes import Cause
from .axis_difference import AxisDifference, ranges, sentences
from .computed import Comparison
from .edges import treatment
from .judging import (
    MEASURED,
    causes_instead,
    doubtful,
    fitted_axis,
    map_asked,
    mirrored,
    reads_nothing,
    returns_nothing,
)
from .numbers import numeric_causes

INEXACT = "with one-hot kernels it returns numbers that are not elements of the input"
MOST_CAUSES = 4  # named where several explain the numbers


@dataclass(frozen=True, eq=False)
class Measured(AxisDifference):
    """A difference between two maps (output, taps) of the elements read."""

    asked_map: np.ndarray
    got_map: np.ndarray

    @cached_property
    def shift(self) -> int | None:
        if self.asked.adjoint:
            same = self.got is not None and self.got.before is not None and not self.other_parameters()
            return self.asked.before - (self.got.before or 0) if same and self.got else None
        if self.got_map.shape[1] != self.asked_map.shape[1]:
            return None
        both = _overlap(self.got_map, self.asked_map)
        steps = set((both[0] - both[1]).tolist())
        return steps.pop() if len(steps) == 1 else None

    @cached_property
    def unread(self) -> list[int]:
        return sorted(set(self.asked_map.ravel().tolist()) - set(self.got_map.ravel().tolist()) - {-1})


def differences(case: Case, reference: Reference, observation: Observation) -> tuple[AxisDifference, ...]:
    """Return the axes along which the measured or predicted elements differ from the reference's.

    There are none where the elements were measured without a map for each axis.
    """
    if isinstance(observation.prediction, Comparison):
        return observation.prediction.axes
    sampling = observation.sampling
    if reference.answer is None or sampling is None or not (sampling.separable and sampling.exact):
        return ()
    return _differences(reference.axes, sampling)


@lru_cache(MEASURED)
def _differences(axes: tuple[Axis, ...], sampling: Sampling) -> tuple[AxisDifference, ...]:
    parts = zip(AXIS_NAMES[len(axes)], axes, sampling.by_axis, strict=True)
    found = (_difference(name, axis, reads_nothing(axes), got) for name, axis, got in parts)
    return tuple(difference for difference in found if difference)


@lru_cache(MEASURED)
def _difference(name: str, axis: Axis, unread: bool, got: AxisMap) -> Measured | None:
    asked = map_asked(axis, unread)
    if axis.alike(asked, got.indices):
        return None
    return Measured(name, axis, fitted_axis(axis, got), len(got.indices), asked, got.indices)


def reason(case: Case, reference: Reference, observation: Observation, environment: Environment, verdict: str) -> str:
    """Return in one sentence why the verdict is not ``agrees``, or by which arithmetic it is; else empty."""
    if observation.prediction is not None:
        note = f"{observation.note}; " if observation.note and verdict != "agrees" else ""
        return note + observation.prediction.reason
    if verdict == "agrees" and observation.arithmetic:
        return f"its numbers are as far from the exact ones as {observation.arithmetic} explains"
    sentence = _SENTENCES.get(verdict)
    if sentence and observation.outcome in ("inferred", "refused"):
        return _inferred(reference, observation)
    return sentence(case, reference, observation, environment) if sentence else ""


def _inferred(reference: Reference, observation: Observation) -> str:
    """Return the answer of the framework's own shape inference next to the requested shape, where nothing was run."""
    lead = f"{observation.note}; its" if observation.note else "its"
    asked = (
        f"instead of {shape_text(reference.shape[2:])}"
        if reference.shape
        else f"where there is no answer: {reference.reason}"
    )
    if observation.shape is None:
        return f"{lead} own shape inference refuses {asked}: {first_line(observation.error)}"
    return f"{lead} own shape inference says {shape_text(observation.shape[2:])} {asked}"


def declared_otherwise(observation: Observation) -> str:
    """Return the answer of the framework's own shape inference next to the shape that it returned."""
    declared = (
        f"its own shape inference says {shape_text(observation.declared)}"
        if observation.declared
        else f"its own shape inference refuses ({first_line(observation.declare_error)})"
    )
    did = f"it returned {shape_text(observation.shape)}" if observation.shape else "it raised"
    return f"{declared}, and {did}"


def _as_written(observation: Observation) -> str:
    """Return the beginning of a sentence: the part that the framework cannot express, and the spelling used instead."""
    note = f"{observation.note}; " if observation.note else ""
    return note + (f"as written ({observation.words}) it " if observation.words else "it " if note else "")


def _read_otherwise(case: Case, reference: Reference, observation: Observation, environment: Environment) -> str:
    lead = _as_written(observation) or "it "
    assert observation.shape is not None
    assert reference.shape is not None
    if observation.shape[:2] != reference.shape[:2]:
        return (
            f"{lead}returned the shape {shape_text(observation.shape)} (N, C, spatial) "
            f"instead of {shape_text(reference.shape)}"
        )
    if causes := causes_instead(case, reference, observation):
        return lead + _one_of(causes)
    axes = differences(case, reference, observation)
    if axes:
        counts = treatment(case, reference, observation)
        return lead + ", and ".join(sentences(axes)) + (f"; it also {counts}" if counts else "")
    if mirrored(case, reference, observation):
        return f"{lead}applies the kernel mirrored: its numbers are, to the bit, those of the mirrored kernel"
    unexplained = "reads elements that no sampling per axis explains"
    if observation.shape == reference.shape:
        return f"{lead}{unexplained}"
    lead += f"gave {shape_text(observation.shape[2:])} instead of {shape_text(reference.shape[2:])}"
    if causes := numeric_causes(case, reference, observation):
        return f"{lead}, and {_one_of(causes)}"
    if observation.sampling is None:
        return f"{lead}{_unmeasured(observation)}"
    return f"{lead}, and {unexplained if observation.sampling.exact else INEXACT}"


def _other_values(case: Case, reference: Reference, observation: Observation, environment: Environment) -> str:
    if observation.dtype and observation.dtype != case.dtype:
        return f"computes in another type: it returns {printable(observation.dtype, 20)} instead of {case.dtype}"
    causes = numeric_causes(case, reference, observation)
    edges = treatment(case, reference, observation) if observation.sampling is not None else ""
    if edges and (observation.values is None or _measured(case, observation, causes)):
        return f"{_as_written(observation) or 'it '}reads the requested elements and {edges}"
    if observation.values is None and returns_nothing(reference, observation):
        zeros = observation.digest == digest(np.zeros(reference.shape or ()))
        where = "everywhere, whatever its input" if zeros else "for the input of the probe, which is unexplained"
        return f"{_as_written(observation) or 'it '}returns zeros {where}"
    lead = ""
    if observation.sampling is None:
        lead = f"{_unmeasured(observation).lstrip('; ')}; "
    elif not observation.sampling.exact:
        lead = f"{INEXACT}; "
    elif not doubtful(reference, observation):
        lead = "reads the requested elements; "
    numbers = _numbers(case, observation)
    if not numbers:
        return f"{lead}the numbers differ"
    if causes:
        return f"{'' if lead.startswith(INEXACT) else lead}it {_one_of(causes)}: {numbers}"
    where = "" if observation.values is None else _where(case, observation.values)
    return f"{lead}unexplained{where}: {numbers}"


def _measured(case: Case, observation: Observation, causes: list[Cause]) -> bool:
    """Return whether a measured treatment of padding explains the numbers.

    The divisors of an average are measured where the elements read are. The number that a maximum takes padding for is
    not told from a bound of its numbers, if no window lies inside the input.
    """
    edges = [cause.kind == "edges" for cause in causes]
    if not operation(case.op).divides:
        return bool(edges) and all(edges)
    return any(edges) or (not edges and observation.sampling is not None and observation.sampling.exact)


def _one_of(causes: list[Cause]) -> str:
    """Return a cause, or several of which the numbers cannot tell which it is, as the rest of a sentence."""
    few = [cause.words for cause in causes[:MOST_CAUSES]]
    more = [] if len(causes) <= MOST_CAUSES else ["does something else"]
    return ", or ".join([*few, *more])


def _numbers(case: Case, observation: Observation) -> str:
    """Return how many numbers differ and by how much, and the first of them; empty where they are not known."""
    got, of = (observation.values, "") if observation.sample is None else (observation.sample, "compared ")
    if got is None:
        return ""
    asked = reference_values(case)
    if got.shape != asked.shape:  # only in a file that somebody edited
        return ""
    off = np.abs(got - asked)
    if not off.any():  # only in a file that somebody edited
        return ""
    lead = f"up to {observation.off:.3g} times as far off as rounding explains; " if observation.off is not None else ""
    first = tuple(int(i) for i in np.argwhere(~(off == 0))[0])
    at = places(case, observation.shape) if of and observation.shape else None
    where = first if at is None else tuple(at[first].tolist())
    return (
        f"{lead}{int((~(off == 0)).sum())} of {off.size} {of}numbers differ, by {off.max():g} "
        f"at most; the first, at {shape_text(where)}, is {got[first]:g} instead of {asked[first]:g}"
    )


def _where(case: Case, got: np.ndarray) -> str:
    """Return the part of the output outside of which all numbers are right, with a comma; empty if it is all of it."""
    wrong = ~(got == reference_values(case))
    names = [("example", "examples"), ("channel", "channels"), *(UNITS[name] for name in AXIS_NAMES[case.rank])]
    parts = []
    for axis, (one, many) in enumerate(names):
        found = np.flatnonzero(wrong.any(axis=tuple(a for a in range(wrong.ndim) if a != axis))).tolist()
        if len(found) < wrong.shape[axis]:
            parts.append(f"{one if len(found) == 1 else many} {ranges(found)}")
    return f", only in {several(parts)} of the output" if parts else ""


def _unproven(case: Case, reference: Reference, observation: Observation, environment: Environment) -> str:
    """Return why nothing but the shape could be compared, or how the numbers differ where nothing more is known."""
    if reference.answer is None or reference.digest is not None:
        return _other_values(case, reference, observation, environment)
    lead = f"{_as_written(observation) or 'it '}returns the right shape, and no number could be compared"
    return f"{lead}: {reference.answer.lacking}{_unmeasured(observation)}"


def _unmeasured(observation: Observation) -> str:
    why = first_line(observation.sampling_error) or "the output is too large, or the case has no probe"
    return f"; which elements it reads could not be measured ({why})"


def _rejects(case: Case, reference: Reference, observation: Observation, environment: Environment) -> str:
    assert reference.shape is not None
    lead = _as_written(observation) if observation.note else ""
    asked = shape_text(reference.shape[2:])
    return f"{lead}raises where the answer has the shape {asked}: {first_line(observation.error)}"


def _accepts(case: Case, reference: Reference, observation: Observation, environment: Environment) -> str:
    assert observation.shape is not None
    empty = "an empty array of shape" if 0 in observation.shape else "an array of shape"
    lead = _as_written(observation) if observation.note else ""
    lead += f"returns {empty} {shape_text(observation.shape[2:])} where there is no answer: {reference.reason}"
    return f"{lead}; {_beyond(case, observation)}" if observation.sampling and not case.pads_zeros else lead


def _beyond(case: Case, observation: Observation) -> str:
    """Return how a framework pads an input that has too few elements for the padding mode."""
    assert observation.sampling is not None
    if isinstance(case.padding, str) or operation(case.op).adjoint:
        return "which elements it takes instead could not be determined"
    sizes = zip(case.input, case.kernel, case.stride, case.dilation, strict=True)
    beyond = []
    for (n, k, s, d), pads, mode, got in zip(sizes, case.padding, case.modes, observation.sampling.maps, strict=True):
        if mode == "zeros":
            continue
        if not n:
            return "it pads an axis that has no element to repeat"
        again = np.pad(np.arange(n), [max(side, 0) for side in pads], mode=NUMPY_MODES[mode])
        beyond.append(mode)
        places = np.arange(len(got))[:, None] * s + np.arange(k)[None, :] * d
        if places.max(initial=0) >= len(again) or not np.array_equal(again[places], got):
            return "it takes other elements than continuing the same pattern would"
    how = {"reflect": "bounces off both ends, again and again", "circular": "wraps around more than once"}
    said = several(list(dict.fromkeys(how.get(mode, "repeats the edge") for mode in beyond)))
    return f"its padding {said}"


def _crashed(case: Case, reference: Reference, observation: Observation, environment: Environment) -> str:
    words = first_line(observation.log)
    return f"its process died with {observation.signal}" + (f": {words}" if words else "")


def _timed_out(case: Case, reference: Reference, observation: Observation, environment: Environment) -> str:
    return f"no answer within {environment.details.get('timeout', 0):g} s"


def _out_of_memory(case: Case, reference: Reference, observation: Observation, environment: Environment) -> str:
    limit = environment.details.get("memory", 0) / 2**30
    return f"needs more than {limit:g} GB beyond what its import took" + (
        f": {first_line(observation.error)}" if observation.error else ""
    )


_SENTENCES: dict[str, Callable[[Case, Reference, Observation, Environment], str]] = {
    "shape": _read_otherwise,
    "shifted": _read_otherwise,
    "values": _other_values,
    "unproven": _unproven,
    "rejects": _rejects,
    "accepts": _accepts,
    "inexpressible": lambda case, reference, observation, environment: observation.reason,
    "crashed": _crashed,
    "timed out": _timed_out,
    "out of memory": _out_of_memory,
}


def _overlap(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of both maps at the places where both have an output and neither reads padding."""
    outputs = min(len(one), len(other))
    one, other = one[:outputs], other[:outputs]
    both = (one >= 0) & (other >= 0)
    return one[both], other[both]
