"""The causes of the wrong numbers of an observation, found among :mod:`.arithmetic_causes` where they were kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from ...cases import arithmetic
from ...cases.case import Case
from ...cases.inputs import is_exact, make_arrays
from ...cases.operations.axis import Axis
from ...cases.operations.pool_axis import PoolAxis
from ...cases.operations.table import operation
from ...cases.reference import PRECISION, Reference, digest, evaluate, places, rounded, tolerance
from ..results.observation import Observation, Sampling
from .arithmetic_causes import Cause, Layer, Rounding, causes

LARGEST_WORK = 2**26  # products of a layer above which it is not computed again and again
READS = 2**6  # layers and samplings whose digest is kept: several environments have the same
EXACT_BITS = PRECISION["float32"]  # of a dtype that is no narrower, the tolerance of a sum tells causes apart

NOT_COUNTED = "does not count its padding"
COUNTED = "counts its padding"
WHOLE = "counts its padding and the elements beyond the end"


def counts_otherwise(case: Case) -> str:
    """Return the end of a sentence about an average with another divisor: the request."""
    if case.divisor_override is not None:
        return f"where the divisor was to be {case.divisor_override}"
    return f"where padding was {'to be counted' if case.counts_padding else 'not to be counted'}"


def numeric_causes(case: Case, reference: Reference, observation: Observation) -> list[Cause]:
    """Return the causes of the wrong numbers of an observation; none where its numbers were not kept."""
    if observation.values is None or reference.answer is None or reference.digest is None:
        return []
    shape, axes = reference.answer.shape, reference.axes
    if observation.values.ndim != len(shape) or _work(case, shape) > LARGEST_WORK:
        return []
    x, w = (None if array is None else array.astype(np.float64) for array in make_arrays(case))
    assert x is not None
    asked = evaluate(case, axes, x, w)
    bits = PRECISION[case.dtype]
    allowed = tolerance(case) if bits >= EXACT_BITS and not reference.exact else 0.0
    rounding = Rounding(bits, allowed, lambda exact: rounded(exact, case.dtype))
    layer = Layer(
        x, w, lambda x, w: evaluate(case, axes, x, w), case.groups, _padded(case, axes, x, w), _edges(case, axes, x)
    )
    return causes(asked, observation.values.astype(np.float64), rounding, layer)


def contradicts(case: Case, observation: Observation) -> bool:
    """Return whether the numbers of an observation are not those of the elements that the probe measured.

    Numbers that were not kept are compared by their digest, where only equal ones are right. A sampling that no maps
    per axis describe is contradicted where whole channels or examples are right.
    """
    got, sampling = observation.values, observation.sampling
    if sampling is None or (got is None and not is_exact(case)) or not _computable(case, observation.shape, sampling):
        return False
    if got is None and places(case, observation.shape or ()) is not None:
        return False  # the digest is only that of some numbers
    if not sampling.separable:
        wrong = np.ones(observation.shape or ()) if got is None else ~(got == rounded(_asked(case), case.dtype))
        return not wrong.any(axis=tuple(range(2, wrong.ndim))).all()
    if got is None:
        return observation.digest != _digest_read(case, sampling)
    read = _read(case, sampling)
    near = Rounding(PRECISION[case.dtype]).near(read, got)
    allowed = 0.0 if is_exact(case) else tolerance(case)
    return not (near | (np.abs(read - got) <= allowed)).all()


def _computable(case: Case, shape: tuple[int, ...] | None, sampling: Sampling) -> bool:
    """Return whether the output of this shape can be computed from a measured sampling."""
    if shape is None or shape[2:] != tuple(map(len, sampling.maps)) or 0 in shape:
        return False
    taps = tuple(indices.shape[1] for indices in sampling.maps)
    return (case.pools or taps == case.kernel) and _work(replace(case, kernel=taps), shape) <= LARGEST_WORK


def _work(case: Case, shape: tuple[int, ...]) -> int:
    """Return how many products a layer with an output of this shape takes."""
    places = operation(case.op).places(case, shape[2:])
    return case.batch * math.prod((*places, *case.kernel)) * case.out_channels * (case.in_channels // case.groups)


def _asked(case: Case) -> np.ndarray:
    axes = arithmetic.axes(case)
    assert not isinstance(axes, arithmetic.Invalid)
    return evaluate(case, axes, *make_arrays(case))


@lru_cache(READS)
def _digest_read(case: Case, sampling: Sampling) -> str:
    """Return the digest of the output of a layer that reads the elements of a measured sampling."""
    return digest(rounded(_read(case, sampling), case.dtype))


def _read(case: Case, sampling: Sampling) -> np.ndarray:
    """Return the output of a layer that reads the elements of a measured sampling."""
    x, w = (None if array is None else array.astype(np.float64) for array in make_arrays(case))
    assert x is not None
    kind, groups = operation(case.op), case.groups
    outside = -np.inf if kind.selects else 0.0
    x = np.pad(x, [(0, 0), (0, 0), *[(0, 1)] * case.rank], constant_values=outside)  # where -1 leads, from the end
    result: np.ndarray | None = None
    for tap in np.ndindex(*(indices.shape[1] for indices in sampling.maps)):
        lines = [indices[:, t] for indices, t in zip(sampling.maps, tap, strict=True)]
        read = x[(slice(None), slice(None)) + np.ix_(*lines)]
        if w is not None:
            weights = w[(slice(None), slice(None), *tap)].reshape((groups, -1, w.shape[1]))
            weights = weights.swapaxes(1, 2) if kind.adjoint else weights  # (group, output, input)
            flat = read.reshape((len(x), groups, weights.shape[2], -1))
            read = np.matmul(weights, flat).reshape((len(x), -1) + read.shape[2:])
        result = read if result is None else np.maximum(result, read) if kind.selects else result + read
    assert result is not None
    if kind.divides and sampling.divisors is not None:
        middles = [line[len(line) // 2] for line in sampling.divisors]
        shared = max(middles[0], 1e-30) ** (len(middles) - 1)
        result = result / np.maximum(_product([np.array(line) for line in sampling.divisors]) / shared, 1e-30)
    return result


def _padded(
    case: Case, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None
) -> Callable[[float], np.ndarray] | None:
    """Return a function from the number that padding counts as to the output; None where there is no padding."""
    if operation(case.op).adjoint or not case.pads_zeros:
        return None
    if not any(max(axis.pads) > 0 or _hangs_over(case, axis) for axis in axes):
        return None
    if operation(case.op).divides and not case.counts_padding:
        return None
    return lambda number: _with(case, axes, x, w, {"constant_values": number})


def _hangs_over(case: Case, axis: Axis) -> int:
    """Return by how much the last window of a maximum extends beyond the padded input, where padding is the same."""
    reach = (axis.output - 1) * axis.stride - axis.before + axis.effective
    return max(reach - axis.n - max(axis.after, 0), 0) if operation(case.op).selects else 0


def _with(
    case: Case, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None, how: dict[str, object]
) -> np.ndarray:
    """Return the output of a layer whose padding is part of its input, with the arguments of ``np.pad``."""
    longer = []
    for i, axis in enumerate(axes):
        before, after = max(axis.before, 0), max(axis.after, 0) + _hangs_over(case, axis)
        sides = [(0, 0)] * x.ndim
        sides[2 + i] = before, after
        x = np.pad(x, sides, **how)  # type: ignore[call-overload]
        cropped = axis.with_pads(min(axis.before, 0), min(axis.after, 0))
        longer.append(replace(cropped, n=axis.n + before + after))
    values = evaluate(replace(case, count_include_pad=True), tuple(longer), x, w)
    return values[(slice(None), slice(None), *(slice(axis.output) for axis in axes))]


def _edges(case: Case, axes: tuple[Axis, ...], x: np.ndarray) -> dict[str, np.ndarray]:
    """Return the averages of a pool by the rules for padding that were not requested, by the rule in words."""
    pools = [axis for axis in axes if isinstance(axis, PoolAxis)]
    if not operation(case.op).divides or not pools:
        return {}
    sums = evaluate(replace(case, divisor_override=1), axes, x, None)
    rules = {
        NOT_COUNTED: [axis.counted(False) for axis in pools],
        COUNTED: [axis.counted(True) for axis in pools],
        WHOLE: [np.full(axis.output, axis.kernel) for axis in pools],
    }
    found = {f"{rule} {counts_otherwise(case)}": sums / _product(counts) for rule, counts in rules.items()}
    found["adds its numbers up without dividing"] = sums
    if any(max(axis.pads) > 0 for axis in axes):
        found["repeats the edge as padding"] = _with(case, axes, x, None, {"mode": "edge"})
    return found


def _product(counts: list[np.ndarray]) -> np.ndarray:
    """Return the product of a number for each output along each axis, for every output."""
    product = np.ones(())
    for count in counts:
        product = product[..., None] * count
    return product
