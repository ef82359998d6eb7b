"""Sentences that explain why an observation differs from the request, composed from the measurements.

This module knows nothing about any framework. An adapter contributes only the spelling of the padding and a note on
what the framework cannot express; pads, shifts and unread elements are measured. The sentences count rows and columns
from 1, as people do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ...cases.arithmetic import AXIS_NAMES
from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.operations.pool import PoolAxis
from ...cases.operations.windows import NUMPY_MODES
from ...cases.reference import Reference, places
from ...cases.reference import values as reference_values
from ...cases.sampling import AxisSampling
from ...cases.text import MODE_WORDS, UNITS, first_line, printable, several, shape_text
from ..results.file import Environment
from ..results.observation import Observation, Sampling
from .edges import treatment
from .judging import SAMPLINGS, fitted, maps_asked, mirrored

INEXACT = "with one-hot kernels it returns numbers that are not elements of the input"
TOWARDS = {"depth": ("behind", "before"), "height": ("below", "above"), "width": ("right of", "left of")}


@dataclass(frozen=True)
class AxisDifference:
    """An axis along which the elements read are not the requested ones."""

    name: str
    asked: Axis
    got: AxisSampling | None
    outputs: int
    asked_map: np.ndarray
    got_map: np.ndarray

    @property
    def pads(self) -> tuple[int, int] | None:
        """The measured (before, after) padding, or cropping of a transposed convolution; None where it is unknown."""
        return None if self.got is None else self.got.pads(self.asked.pads)

    @property
    def shift(self) -> int | None:
        """The number of elements by which all windows lie later than asked for; None where it is not uniform.

        For a transposed convolution, the number of outputs by which all outputs lie later.
        """
        if self.asked.adjoint:
            same = self.got is not None and self.got.before is not None and not self.other_parameters()
            return self.asked.before - (self.got.before or 0) if same and self.got else None
        if self.got_map.shape[1] != self.asked_map.shape[1]:
            return None
        both = _overlap(self.got_map, self.asked_map)
        steps = set((both[0] - both[1]).tolist())
        return steps.pop() if len(steps) == 1 else None

    @property
    def unread(self) -> list[int]:
        """The indices of the input elements that the reference reads and the framework does not."""
        return sorted(set(self.asked_map.ravel().tolist()) - set(self.got_map.ravel().tolist()) - {-1})

    @property
    def shift_words(self) -> str:
        """The shift in input pixels, such as ``1 px right of``; empty where there is no uniform shift."""
        shift = self.shift or 0
        later, earlier = TOWARDS[self.name]
        return f"{abs(shift)} px {earlier if shift < 0 else later}" if shift else ""

    @property
    def windows(self) -> str:
        """The noun for what is shifted: the windows, or the outputs of a transposed convolution."""
        return "outputs" if self.asked.adjoint else "windows"

    def other_parameters(self) -> list[str]:
        """Return a phrase each for the measured stride, dilation and direction that differ from the requested ones."""
        parts: list[str] = []
        got = self.got
        if got is None:
            return parts
        if got.stride not in (None, self.asked.stride):
            parts.append(f"steps by {got.stride} instead of {self.asked.stride}")
        if got.dilation not in (None, self.asked.dilation):
            parts.append(f"spreads its taps by {got.dilation} instead of {self.asked.dilation}")
        if got.flipped:
            parts.append("applies the kernel mirrored")
        return parts


def differences(case: Case, reference: Reference, observation: Observation) -> tuple[AxisDifference, ...]:
    """Return the axes along which the measured elements differ from the reference's; none without a map per axis."""
    sampling = observation.sampling
    if reference.answer is None or sampling is None or not (sampling.separable and sampling.exact):
        return ()
    return _differences(reference.axes, sampling)


@lru_cache(SAMPLINGS)
def _differences(axes: tuple[Axis, ...], sampling: Sampling) -> tuple[AxisDifference, ...]:
    parts = zip(AXIS_NAMES[len(axes)], axes, fitted(axes, sampling), maps_asked(axes), sampling.maps, strict=True)
    return tuple(
        AxisDifference(name, axis, got, len(got_map), asked_map, got_map)
        for name, axis, got, asked_map, got_map in parts
        if not axis.alike(asked_map, got_map)
    )


def sentences(axes: Iterable[AxisDifference]) -> list[str]:
    """Return what the framework does and what was requested; axes that differ in the same way share a sentence."""
    alike: dict[str, list[AxisDifference]] = {}
    for axis in axes:
        alike.setdefault(_sentence([replace(axis, name="height")]), []).append(axis)
    return [_sentence(group) for group in alike.values()]


def _sentence(group: list[AxisDifference]) -> str:
    axis = group[0]
    names = several([other.name for other in group])
    lead = _padding(axis, names)
    if axis.outputs != axis.asked.output:
        lead += ": " + _formulas(axis, _units(group, axis.outputs))
    elif axis.shift:
        lead += f": its {axis.windows} lie {several([other.shift_words for other in group])} the requested ones"
    parts = [lead, *axis.other_parameters(), *filter(None, [last_window(axis)])]
    if axis.unread:
        verb = "are" if len(group) > 1 or len(axis.unread) > 1 else "is"
        parts.append(f"{_units(group, len(axis.unread))} {_ranges(axis.unread)} of the input {verb} never read")
    return "; ".join(parts)


def _padding(axis: AxisDifference, names: str) -> str:
    asked = shape_text(axis.asked.pads)
    verb = noun = "crops" if axis.asked.adjoint else "pads"
    if axis.got is None:
        return f"reads the {names} in a way that no {noun}, stride and dilation explain; expected {asked}"
    if axis.pads is None:
        return f"reads other elements along the {names}, too few to tell its {noun}; expected {asked}"
    if axis.got.mode != axis.asked.mode and any(axis.pads):
        asked = f"{asked} with {MODE_WORDS[axis.asked.mode]}"
        return f"pads the {names} {shape_text(axis.pads)} with {MODE_WORDS[axis.got.mode]} instead of {asked}"
    if axis.pads == axis.asked.pads:
        return f"{verb} the {names} {asked} as requested"
    return f"{verb} the {names} {shape_text(axis.pads)} instead of {asked}"


def last_window(axis: AxisDifference) -> str:
    """Return how the last window, which ceil mode adds, is treated, where that is the difference; else empty."""
    if not isinstance(axis.asked, PoolAxis) or not axis.asked.ceil or axis.pads is None:
        return ""
    got = axis.asked.with_pads(*axis.pads)
    floored = replace(axis.asked, ceil=False).output
    if axis.outputs == axis.asked.output - 1 == floored:
        return "leaves out the last window, which hangs over the end"
    if axis.outputs == axis.asked.output + 1 and axis.outputs == axis.asked.rounded_up and got.output < axis.outputs:
        return f"keeps a last window that starts {axis.asked.too_late}"
    return ""


def _formulas(axis: AxisDifference, units: str) -> str:
    if axis.got is not None and axis.pads is not None:
        stride, dilation = axis.got.stride or axis.asked.stride, axis.got.dilation or axis.asked.dilation
        got = replace(axis.asked.with_pads(*axis.pads), stride=stride, dilation=dilation)
        if got.output == axis.outputs:
            return f"{got.formula()} {units} instead of {axis.asked.formula()}"
    return f"{axis.outputs} {units} instead of {axis.asked.formula()}"


def _units(group: list[AxisDifference], count: int) -> str:
    return several([UNITS[axis.name][0 if count == 1 else 1] for axis in group])


def reason(case: Case, reference: Reference, observation: Observation, environment: Environment, verdict: str) -> str:
    """Return in one sentence why the verdict is not ``agrees``; empty where it is."""
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
    """Return the beginning of a sentence: what the framework cannot express, and the spelling used instead."""
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
    if observation.sampling is None:
        return f"{lead}{_unmeasured(observation)}"
    return f"{lead}, and {unexplained if observation.sampling.exact else INEXACT}"


def _other_values(case: Case, reference: Reference, observation: Observation, environment: Environment) -> str:
    if observation.dtype and observation.dtype != case.dtype:
        return f"computes in another type: it returns {printable(observation.dtype, 20)} instead of {case.dtype}"
    said = _as_written(observation) or "it "
    if observation.sampling is not None and (counts := treatment(case, reference, observation)):
        return f"{said}reads the requested elements and {counts}"
    got, of = (observation.values, "") if observation.sample is None else (observation.sample, "compared ")
    if observation.sampling is None:
        lead = f"{_unmeasured(observation).lstrip('; ')}; "
    elif not observation.sampling.exact:
        lead = f"{INEXACT}; "
    else:
        lead = "reads the requested elements; "
    if got is None:
        return f"{lead}the numbers differ"
    asked = reference_values(case)
    if got.shape != asked.shape:  # only in a file that somebody edited
        return f"{lead}the numbers differ"
    off = np.abs(got - asked)
    if not off.any():  # only in a file that somebody edited
        return f"{lead}the numbers differ"
    if observation.off is not None:
        lead += f"up to {observation.off:.3g} times as far off as rounding explains; "
    first = tuple(int(i) for i in np.argwhere(~(off == 0))[0])
    at = places(case, observation.shape) if of and observation.shape else None
    where = first if at is None else tuple(at[first].tolist())
    return (
        f"{lead}{int((~(off == 0)).sum())} of {off.size} {of}numbers differ, by {off.max():g} "
        f"at most; the first, at {shape_text(where)}, is {got[first]:g} instead of {asked[first]:g}"
    )


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
    return f"{lead}; {_beyond(case, observation)}" if observation.sampling and case.padding_mode != "zeros" else lead


def _beyond(case: Case, observation: Observation) -> str:
    """Return how a framework pads an input that has too few elements for the padding mode."""
    assert observation.sampling is not None
    if isinstance(case.padding, str):
        return "which elements it takes instead could not be determined"
    for n, k, s, d, pads, got in zip(
        case.input, case.kernel, case.stride, case.dilation, case.padding, observation.sampling.maps, strict=True
    ):
        again = np.pad(np.arange(n), [max(side, 0) for side in pads], mode=NUMPY_MODES[case.padding_mode])
        places = np.arange(len(got))[:, None] * s + np.arange(k)[None, :] * d
        if places.max(initial=0) >= len(again) or not np.array_equal(again[places], got):
            return "it takes other elements than continuing the same pattern would"
    how = {"reflect": "bounces off both ends, again and again", "circular": "wraps around more than once"}
    return f"its padding {how.get(case.padding_mode, 'repeats the edge')}"


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


def _ranges(indices: list[int]) -> str:
    """Return 0-based indices as 1-based ranges, such as ``6 to 8``; of more than three ranges the first three."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    words = [str(low + 1) if low == high else f"{low + 1} to {high + 1}" for low, high in runs[:3]]
    more = f" and {len(runs) - 3} more ranges" if len(runs) > 3 else ""
    return f"{', '.join(words)}{more}"
