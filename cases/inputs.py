"""The input and the weights of a case: small integers that cannot hide a shift.

Elements are distinct if there are enough integers, and kernels are non-zero and differ from their own mirror image,
because all-ones inputs hide shifts and symmetric kernels hide flips. Sums stay below 2**24, so float32 arithmetic on
them is exact in any order of summation; sums in narrow dtypes are exact where possible. Worker code: the controller and
the worker make the same arrays from the case.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from .case import Case
from .operations import operation

EXACT = {"float32": 2**24, "float64": 2**53, "float16": 2**11, "bfloat16": 2**8}  # all integers up to this are exact
LARGEST_WEIGHT = 7
NARROW = 16  # the largest element of a narrow dtype if its sums have to round anyway
AT_ONCE = 2**20  # elements made at a time, as 64-bit integers
ABOVE_FLOAT32 = 2**26  # float64 elements start above this, where float32 would round them


def make_input(case: Case) -> np.ndarray:
    """Return the input (N, C, *spatial): float64 for a float64 case, else float32 that its dtype holds exactly."""
    shape = (case.batch, case.in_channels) + case.input
    size = int(np.prod(shape, dtype=object))
    largest, offset = largest_element(case), ABOVE_FLOAT32 if case.dtype == "float64" else 0
    # RandomState's stream is frozen by NumPy's compatibility policy (NEP 19); Generator's may change.
    random = np.random.RandomState(case.seed)
    array: np.ndarray = np.empty(size, carrier(case.dtype))
    if size <= largest:
        array[:] = offset + random.permutation(size) + 1
    else:
        for start in range(0, size, AT_ONCE):  # all at once, they would need more memory than many layers do
            some = array[start : start + AT_ONCE]
            some[:] = offset + random.randint(1, largest + 1, size=some.size)
    if operation(case.op).selects:
        np.negative(array, out=array)  # padding that counts as 0 would go unnoticed among positive numbers
    return array.reshape(shape)


def make_weights(case: Case) -> np.ndarray | None:
    """Return the kernels for cross-correlation, of the shape that :func:`weights_shape` returns; None for a pool.

    The kernels of a transposed convolution are those of the convolution that it is the adjoint of.
    """
    shape = weights_shape(case)
    if shape is None:
        return None
    random = np.random.RandomState(case.seed ^ 0x5EED)
    weights = random.randint(1, LARGEST_WEIGHT + 1, size=shape) * random.choice([-1, 1], size=shape)
    for flips in mirrors(case) if weights.size else []:
        if np.array_equal(weights, np.flip(weights, flips)):
            first_tap = weights[(slice(None), slice(None)) + (0,) * len(case.kernel)]
            first_tap[...] = np.sign(first_tap) * (np.abs(first_tap) % LARGEST_WEIGHT + 1)
    array: np.ndarray = weights.astype(carrier(case.dtype))
    return array


def largest_element(case: Case) -> int:
    """Return the largest element of the input (counted from ABOVE_FLOAT32 for float64)."""
    if operation(case.op).selects:
        return EXACT[case.dtype] if case.dtype != "float64" else 2**24  # a max pool adds nothing up
    bound = EXACT[case.dtype] // max(weight_in_output(case), 1) - (ABOVE_FLOAT32 if case.dtype == "float64" else 0)
    return max(min(bound, 2**24), NARROW if EXACT[case.dtype] < EXACT["float32"] else 1)


def weight_in_output(case: Case) -> int:
    """Return the largest possible sum of the magnitudes of the weights of one output."""
    return terms(case) * (1 if case.pools else LARGEST_WEIGHT)


def is_exact(case: Case) -> bool:
    """Return whether the dtype holds every partial sum exactly, so that the order of summation does not matter."""
    offset = ABOVE_FLOAT32 if case.dtype == "float64" else 0
    exact = weight_in_output(case) * (largest_element(case) + offset) <= EXACT[case.dtype]
    return operation(case.op).selects or (not operation(case.op).divides and exact)


def weights_shape(case: Case) -> tuple[int, ...] | None:
    """Return (out, in / groups, *kernel); for a transposed convolution (in, out / groups, *kernel); None for a pool."""
    return operation(case.op).weights_shape(case)


def carrier(dtype: str) -> Any:
    """Return the NumPy dtype that carries values of a case's dtype: float32 holds a narrow dtype exactly."""
    return np.float64 if dtype == "float64" else np.float32


def terms(case: Case) -> int:
    """Return the largest number of products that are summed into one output."""
    taps = int(np.prod(case.kernel, dtype=object))
    return taps if case.pools else taps * max(case.in_channels // max(case.groups, 1), 1)


def mirrors(case: Case) -> list[tuple[int, ...]]:
    """Return every combination of axes of the weights along which flipping the kernel can make a difference."""
    axes = [2 + i for i, size in enumerate(case.kernel) if size > 1]
    return [flips for count in range(1, len(axes) + 1) for flips in combinations(axes, count)]


def make_arrays(case: Case) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the input and the weights of a case."""
    return make_input(case), make_weights(case)
