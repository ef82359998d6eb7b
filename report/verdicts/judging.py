"""The comparison of an observation with the reference, by shape, elements read and values, and its verdict."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal, cast

import numpy as np

from ...cases.axis_sampling import AxisSampling
from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.operations.table import operation
from ...cases.reference import LARGEST_ARRAY, Reference, mirrored_digest
from ...cases.sampling import LARGEST_MAP, fit_axis, largest_map
from ..results.observation import AxisMap, Observation, Sampling
from .arithmetic_causes import Cause
from .counts import divisors, first_other
from .numbers import contradicts, numeric_causes

VerdictName = Literal[
    "agrees",
    "shape",
    "shifted",
    "values",
    "rejects",
    "accepts",
    "inexpressible",
    "crashed",
    "timed out",
    "out of memory",
    "unproven",
]
AXES = 2**14  # axes whose facts are cached, shared by all rows that have the same axis
MEASURED = 2**12  # measured maps of which the same is true, each with its axis


def reference_maps(reference: Reference) -> tuple[np.ndarray, ...]:
    """Return the elements that the reference reads, per axis (output, kernel), as far as they can be observed.

    Where every window of one axis lies in padding, nothing is read, and the other axes cannot be determined. Return no
    maps where there is no answer or a map would be too large.
    """
    return maps_asked(reference.axes or ())


def maps_asked(axes: tuple[Axis, ...]) -> tuple[np.ndarray, ...]:
    """Return the elements that axes read, per axis (output, kernel); none where a map would be too large."""
    if not axes or largest_map(axes) > LARGEST_MAP:
        return ()
    unread = reads_nothing(axes)
    return tuple(map_asked(axis, unread) for axis in axes)


def map_asked(axis: Axis, unread: bool) -> np.ndarray:
    """Return the map of an axis that has an answer; with ``unread``, that of an axis of which nothing is read."""
    indices = axis.sampling()
    return np.full_like(indices, -1) if unread else indices


def reads_nothing(axes: tuple[Axis, ...]) -> bool:
    """Return whether every window of one of the axes lies in padding."""
    return any(map(_in_padding, axes))


@lru_cache(AXES)
def _in_padding(axis: Axis) -> bool:
    return bool((axis.sampling() < 0).all())


def same_sampling(reference: Reference, sampling: Sampling) -> bool:
    """Return whether the measured elements are the reference's, output by output and tap by tap."""
    axes = reference.axes
    if reference.answer is None or not sampling.separable:
        return False
    unread = reads_nothing(axes)
    return all(_alike(axis, unread, got) for axis, got in zip(axes, sampling.by_axis, strict=True))


@lru_cache(MEASURED)
def _alike(axis: Axis, unread: bool, got: AxisMap) -> bool:
    return axis.alike(map_asked(axis, unread), got.indices)


def fitted(axes: tuple[Axis, ...], sampling: Sampling) -> tuple[AxisSampling | None, ...]:
    """Return the pads, stride and dilation that describe a measured sampling, per axis; None where none do."""
    return tuple(fitted_axis(axis, got) for axis, got in zip(axes, sampling.by_axis, strict=True))


@lru_cache(MEASURED)
def fitted_axis(axis: Axis, got: AxisMap) -> AxisSampling | None:
    """Return the pads, stride and dilation that describe the measured map of an axis; None where none do."""
    return fit_axis(got.indices, axis)


@lru_cache(AXES)
def fitted_as_asked(axes: tuple[Axis, ...]) -> tuple[AxisSampling | None, ...] | None:
    """Return the same for the maps of :func:`reference_maps`; None where there are none."""
    if not axes or largest_map(axes) > LARGEST_MAP:
        return None
    unread = reads_nothing(axes)
    return tuple(_fitted_as_asked(axis, unread) for axis in axes)


@lru_cache(AXES)
def _fitted_as_asked(axis: Axis, unread: bool) -> AxisSampling | None:
    return fit_axis(map_asked(axis, unread), axis)


def needs_sampling(case: Case, reference: Reference, observation: Observation) -> bool:
    """Return whether the values do not show which elements were read, so that the probe has to measure them.

    The probe is also needed where there is no answer because the padding mode runs out of elements, to find out which
    elements were used instead.
    """
    if observation.outcome != "ran" or observation.sampling or observation.sampling_error:
        return False
    if reference.shape is None:
        return not case.pads_zeros and observation.shape is not None and 0 not in observation.shape
    return not (reference.decisive and not observation.arithmetic and same_values(reference, observation))


def same_values(reference: Reference, observation: Observation) -> bool:
    """Return whether the values are the reference's: equal, or within the tolerance where rounding is allowed for."""
    if observation.digest == reference.digest:
        return True
    near = observation.off is not None and observation.off <= 1
    may = bool(observation.arithmetic) or not reference.exact
    return near and may and observation.against == reference.digest


def mirrored(case: Case, reference: Reference, observation: Observation) -> bool:
    """Return whether a layer that is too large for the probe has, to the bit, the values of the mirrored kernel."""
    unmeasured = observation.sampling is None and observation.sampling_error
    if not unmeasured or case.pools or not reference.exact or reference.digest in (None, observation.digest):
        return False
    return observation.digest == mirrored_digest(case)


def doubtful(reference: Reference, observation: Observation) -> bool:
    """Return whether a measured sampling may be an effect of wrong numbers: it is not one that layers have by mistake.

    Where other pads, strides or dilations describe it on every axis, it is taken as it is. A layer that returns other
    examples or channels, or numbers that do not depend on its input, seems to read in no order, in reverse order, or
    the same elements again and again.
    """
    sampling = observation.sampling
    if sampling is None or not sampling.exact or reference.answer is None or same_sampling(reference, sampling):
        return False
    return not sampling.separable or any(
        found is None or found.before is None or found.flipped or (found.mode, axis.mode) != ("zeros", "zeros")
        for found, axis in zip(fitted(reference.axes, sampling), reference.axes, strict=True)
    )


def returns_nothing(reference: Reference, observation: Observation) -> bool:
    """Return whether the probe returned zeros everywhere, where some elements were to be read."""
    sampling = observation.sampling
    if sampling is None or not sampling.exact:
        return False
    return all((indices < 0).all() for indices in sampling.maps) and any(
        (indices >= 0).any() for indices in reference_maps(reference)
    )


def causes_instead(case: Case, reference: Reference, observation: Observation) -> list[Cause] | None:
    """Return the causes of numbers that the measured sampling does not explain; None if it is to blame.

    There may be no cause that fits.
    """
    if observation.shape != reference.shape or not doubtful(reference, observation):
        return None
    if returns_nothing(reference, observation) or contradicts(case, observation):
        return numeric_causes(case, reference, observation)
    sampling = observation.sampling
    if sampling and sampling.separable and not operation(case.op).divides:
        return None
    return numeric_causes(case, reference, observation) or None


def same_padding(case: Case, reference: Reference, sampling: Sampling) -> bool:
    """Return whether a pool that reads the requested elements was measured to treat its padding as requested.

    The measurement decides apart from the values, in which rounding may hide a wrong divisor.
    """
    if sampling.pad_value is not None or sampling.uneven is not None:
        return False
    if sampling.divisors is None:
        return True
    return first_other(sampling.divisors, divisors(case, reference.axes)) is None


def judge(case: Case, reference: Reference, observation: Observation) -> VerdictName:
    """Return the verdict, by acceptance or rejection, shape, elements read and values; never by the texts of errors."""
    if observation.prediction is not None:
        return cast(VerdictName, observation.prediction.verdict)
    if observation.outcome in ("raised", "refused"):
        return "agrees" if reference.shape is None else "rejects"
    if observation.outcome not in ("ran", "inferred"):
        return cast(VerdictName, observation.outcome)  # the others of these names are verdicts too
    if reference.shape is None:
        return "accepts"
    if observation.shape != reference.shape:
        return "shape"
    if observation.outcome == "inferred":
        return "agrees"
    sampling = observation.sampling
    measured = sampling if sampling is not None and sampling.exact else None
    if measured and not same_sampling(reference, measured):
        causes = causes_instead(case, reference, observation)
        reads = causes is None or (bool(causes) and all(cause.kind == "reads" for cause in causes))
        return "shifted" if reads else "values"
    if mirrored(case, reference, observation):
        return "shifted"
    if observation.dtype and observation.dtype != case.dtype:
        return "values"
    empty = 0 in reference.shape  # nothing was averaged
    if measured and case.pools and not empty and not same_padding(case, reference, measured):
        return "values"
    if reference.digest is None:
        return "agrees" if measured else "unproven"
    if not same_values(reference, observation):
        return "values" if sampling is not None else "unproven"
    return "agrees"


def misdeclares(observation: Observation) -> bool:
    """Return whether the framework's own shape inference disagrees with the execution.

    A shape declared for a layer that was too large to run is not a disagreement.
    """
    if observation.outcome == "ran":
        return observation.declared != observation.shape if observation.declared else bool(observation.declare_error)
    if observation.outcome == "raised" and observation.declared is not None:
        return math.prod(observation.declared) <= LARGEST_ARRAY
    return False
