"""The numbers that two live layers are compared on, and how far apart rounding may put their outputs.

The sums of the first trial are large whole numbers, which exact arithmetic holds; what is applied to them afterwards
may be saturated there. The sums of the other trials lie around zero. Their inputs and weights are multiples of powers
of two, few enough for every sum to be exact in float32, so that only what is applied afterwards rounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from .cases.case import Case
from .cases.inputs import is_exact, make_input, make_weights, terms, weights_shape
from .cases.operations.table import operation

SPACING = {"float32": 2.0**-23, "float64": 2.0**-52, "float16": 2.0**-10, "bfloat16": 2.0**-7}  # of the numbers from 1
TOLERANCE = 8.0  # in ULP: what elementary functions and a few sums round
NARROW = 2.0  # the same for narrow dtypes, in which frameworks round only once or twice
OF_FUNCTIONS = 64.0  # the same for functions with weights of their own, whose sums may be long
LARGEST = 128  # inputs around zero are this many sixteenths at most, or this many sixty-fourths
TAPS = 4  # products that are added up in sums around zero
OUTPUTS, TRIALS = 4096, 16  # trials around zero go on until so many numbers were compared, or so many were made


@dataclass(frozen=True)
class Trial:
    """An input, weights (None where the layers keep theirs), and whether the arithmetic of the layer alone is exact."""

    case: Case
    x: np.ndarray
    weights: np.ndarray | None
    exact: bool


def exact_trial(case: Case, weighted: bool) -> Trial:
    """Return the trial on whole numbers."""
    return Trial(case, make_input(case), make_weights(case) if weighted else None, weighted and is_exact(case))


def trials_around_zero(case: Case, weighted: bool, outputs: int) -> Iterator[Trial]:
    """Yield trials of layers with so many outputs until enough numbers are compared."""
    for number in range(min(TRIALS, max(2, math.ceil(OUTPUTS / max(outputs, 1))))):
        random = np.random.RandomState(case.seed ^ 0xAC71 ^ number)
        shape = (case.batch, case.in_channels, *case.input)
        x = (random.randint(-LARGEST, LARGEST + 1, size=shape) / (16, 64)[number % 2]).astype(np.float32)
        yield Trial(case, x, _few_taps(case, random) if weighted and not case.pools else None, False)


def _few_taps(case: Case, random: np.random.RandomState) -> np.ndarray:
    """Return weights with one large and a few small numbers for each output, and zeros."""
    shape = weights_shape(case)
    assert shape is not None
    adjoint = operation(case.op).adjoint
    by_output = np.zeros((shape[1] * case.groups, shape[0] // case.groups, *shape[2:]) if adjoint else shape)
    for kernel in by_output:
        taps = random.permutation(kernel.size)[:TAPS]
        numbers = np.array([random.choice([6, 8, 10]), *random.randint(1, 3, size=TAPS - 1)])[: len(taps)]
        kernel.flat[taps] = numbers * random.choice([-1, 1], size=len(taps)) / 8
    if adjoint:  # (out, in / groups) of each group becomes (in, out / groups)
        grouped = by_output.reshape(case.groups, shape[1], shape[0] // case.groups, *shape[2:])
        by_output = np.swapaxes(grouped, 1, 2).reshape(shape)
    return by_output.astype(np.float32)


def allowed(
    trial: Trial, applied: Callable[[np.ndarray], np.ndarray], outputs: np.ndarray, tolerance: float | None
) -> np.ndarray:
    """Return how far another output may be from these ``outputs``, as an array that broadcasts against them.

    This is ``tolerance`` ULP of the sum of the magnitudes that the layer adds up, times the slope of what is applied
    afterwards, and as many of the largest output. The slope is measured: by how much the outputs move if the input
    moves a little, for each channel.
    """
    case = trial.case
    ulp = SPACING[case.dtype] * (_tolerance(trial) if tolerance is None else tolerance)
    largest = float(np.abs(trial.x).max(initial=0))
    total, spread = _weights(trial)
    step = max(2.0**-8, 8 * SPACING[case.dtype]) * largest
    signs = np.random.RandomState(case.seed).choice([-1, 1], size=trial.x.shape)
    moved = np.abs(applied((trial.x + step * signs).astype(trial.x.dtype)) - outputs)
    slope = np.maximum(_by_channel(moved) / max(step * spread, 1e-300), 1)
    bound: np.ndarray = ulp * (slope * total * largest + _by_channel(np.abs(outputs)))
    return bound


def same(asked: np.ndarray, got: np.ndarray, bound: np.ndarray | float) -> np.ndarray:
    """Return which numbers are the same within a bound; infinities and NaN only if both are."""
    with np.errstate(invalid="ignore"):
        alike: np.ndarray = (np.abs(asked - got) <= bound) | (asked == got) | (np.isnan(asked) & np.isnan(got))
    return alike


def whole(*arrays: np.ndarray) -> bool:
    """Return whether all numbers are whole, as they are after exact arithmetic."""
    return all(bool((array == np.rint(array)).all()) for array in arrays)


def narrower(one: Case, other: Case) -> Case:
    """Return the first case in the coarser of both dtypes."""
    return replace(one, dtype=max(one.dtype, other.dtype, key=SPACING.__getitem__))


def _tolerance(trial: Trial) -> float:
    if not _weighted(trial):
        return OF_FUNCTIONS
    return TOLERANCE if trial.case.pools or SPACING[trial.case.dtype] <= SPACING["float32"] else NARROW


def _weighted(trial: Trial) -> bool:
    return trial.weights is not None or trial.case.pools


def _weights(trial: Trial) -> tuple[float, float]:
    """Return the sum of the magnitudes of an output's weights, and the root of the sum of their squares."""
    case, count = trial.case, max(terms(trial.case), 1)
    if trial.weights is None:
        return (1, 1) if operation(case.op).selects else (1, count**-0.5)
    adjoint = operation(case.op).adjoint
    kernels = trial.weights.astype(np.float64)
    if adjoint:
        kernels = kernels.reshape(case.groups, -1, *kernels.shape[1:]).swapaxes(1, 2)
        kernels = kernels.reshape(-1, *kernels.shape[2:])
    axes = tuple(range(1, kernels.ndim))
    squares = (kernels**2).sum(axis=axes)
    return float(np.abs(kernels).sum(axis=axes).max(initial=0)), float(np.sqrt(squares).min(initial=np.inf))


def _by_channel(array: np.ndarray) -> np.ndarray:
    """Return the largest finite number of each channel."""
    axes = tuple(i for i in range(array.ndim) if i != 1) if array.ndim > 2 else None
    finite = np.where(np.isfinite(array), array, 0)
    largest: np.ndarray = finite.max(axis=axes, keepdims=True, initial=0)
    return largest
