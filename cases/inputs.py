"""The input and the weights of a case: small integers that cannot hide a shift.

Elements are distinct if there are enough integers, and kernels are non-zero and differ from their own mirror image,
because all-ones inputs hide shifts and symmetric kernels hide flips. Inputs hold both signs and zero, because a kernel
that clamps would pass otherwise. Sums stay below 2**24, so float32 arithmetic on them is exact in any order of
summation; sums in narrow dtypes are exact where possible. Worker code: the controller and the worker make the same
arrays from the case.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np

from .case import Case
from .dtypes import WIDE
from .operations.table import operation

# All integers up to these magnitudes are exact. Those of uint8 are counted from the middle of its range.
EXACT = {"float32": 2**24, "float64": 2**53, "float16": 2**11, "bfloat16": 2**8}
EXACT |= {"int8": 2**7 - 1, "uint8": 2**7 - 1, "int32": 2**31 - 1, "int64": 2**53}
MIDDLE = 2**7  # of uint8
LARGEST = 2**23  # the largest element of any input, so that no more than twice as many have to be distinct
LARGEST_WEIGHT = 7
NARROW = 16  # the largest element of a narrow dtype if its sums have to round anyway
AT_ONCE = 2**20  # elements made at a time, as 64-bit integers
ABOVE_FLOAT32 = 2**26  # the magnitudes of elements of WIDE dtypes start above this, where float32 would round them
MIXED, COHERENT = 2, 8  # one element in so many has the other sign

Box = list[tuple[int, int]]  # the range of indices along each axis of an input


def make_input(case: Case) -> np.ndarray:
    """Return the input (N, C, *spatial): float64 or float32, with values that the case's dtype holds exactly."""
    shape = (case.batch, case.in_channels) + case.input
    size = math.prod(shape)
    # RandomState's stream is frozen by NumPy's compatibility policy (NEP 19); Generator's may change.
    random = np.random.RandomState(case.seed)
    array: np.ndarray = np.empty(size, carrier(case.dtype))
    box = mixed(case)
    places = math.prod(max(high - low, 0) for low, high in box)
    inside = None
    if places < size:
        inside = np.zeros(shape, dtype=bool)
        inside[tuple(slice(low, high) for low, high in box)] = True
        inside = inside.reshape(-1)
    positive = min(max(-(-size // one_in(case)), min(2, -(-size // 2))), places)
    if max(size - positive, positive) <= largest_element(case):
        _distinct(array, positive, inside, random)
    else:
        _drawn(array, case, inside, random)
        if places:
            zero = tuple(random.randint(low, high) for low, high in box)
            lowest, highest = tuple(low for low, _ in box), tuple(high - 1 for _, high in box)
            other = highest if zero == lowest else lowest
            shaped = array.reshape(shape)
            shaped[zero], shaped[other] = 0, abs(shaped[other])
    if case.dtype in WIDE:
        array += ABOVE_FLOAT32 * np.sign(array)
    if case.dtype == "uint8":
        array += MIDDLE
    return array.reshape(shape)


def mixed(case: Case) -> Box:
    """Return the part of the input (N, C, *spatial) whose elements may be positive or zero; the others are negative.

    Pools have only negative elements wherever a window with padding could read, because padding that counts as an
    element would go unnoticed among positive numbers. If that is everywhere, the first one or two elements may be
    positive, except in the smallest inputs.
    """
    whole = [(0, size) for size in (case.batch, case.in_channels, *case.input)]
    if not case.pools or case.adaptive:
        return whole
    margins = [max(d * (k - 1), 0) for k, d in zip(case.kernel, case.dilation)]
    inner = whole[:2] + [(margin, size - margin) for (_, size), margin in zip(whole[2:], margins)]
    inner += whole[len(inner) :]
    if math.prod(max(high - low, 0) for low, high in inner) > 1:
        return inner
    size = math.prod(high for _, high in whole)
    first = 0 if size < 3 else 1 if size < 8 else 2
    longest = max(range(len(whole)), key=lambda i: whole[i][1])
    return [(0, min(high, first if i == longest else 1)) for i, (_, high) in enumerate(whole)]


def one_in(case: Case) -> int:
    """Return the number of elements among which one has the other sign.

    Where a narrow dtype has to round, most terms of a sum have one sign, so that a sum that stops growing is noticed.
    """
    narrow = case.dtype in ("float16", "bfloat16")
    return COHERENT if narrow and not (is_exact(case) or operation(case.op).selects) else MIXED


def _distinct(array: np.ndarray, positive: int, inside: np.ndarray | None, random: np.random.RandomState) -> None:
    """Fill an array with distinct integers around zero, of which ``positive`` are zero or more and lie inside."""
    negative = array.size - positive
    array[:] = random.permutation(array.size) - negative
    if inside is not None:
        (wrong,), (free,) = np.nonzero(~inside & (array >= 0)), np.nonzero(inside & (array < 0))
        free = random.permutation(free)[: len(wrong)]
        array[wrong], array[free] = array[free], array[wrong]
    if positive == 1:
        array[array == 0] = 1  # an input of one or two elements needs them both


def _drawn(array: np.ndarray, case: Case, inside: np.ndarray | None, random: np.random.RandomState) -> None:
    """Fill an array with integers that repeat."""
    for start in range(0, array.size, AT_ONCE):  # all at once, they would need more memory than many layers do
        some = array[start : start + AT_ONCE]
        magnitudes = random.randint(1, largest_element(case) + 1, size=some.size)
        negative = random.randint(0, one_in(case), size=some.size) > 0
        if inside is not None:
            negative |= ~inside[start : start + AT_ONCE]
        some[:] = np.where(negative, -magnitudes, magnitudes)


def make_weights(case: Case) -> np.ndarray | None:
    """Return the kernels for cross-correlation, of the shape that :func:`weights_shape` returns; None for a pool.

    The kernels of a transposed convolution are those of the convolution that it is the adjoint of.
    """
    shape = weights_shape(case)
    if shape is None:
        return None
    random = np.random.RandomState(case.seed ^ 0x5EED)
    signs = [-1] * (one_in(case) - 1) + [1]
    weights = random.randint(1, LARGEST_WEIGHT + 1, size=shape) * random.choice(signs, size=shape)
    for flips in mirrors(case) if weights.size else []:
        if np.array_equal(weights, np.flip(weights, flips)):
            first_tap = weights[(slice(None), slice(None)) + (0,) * len(case.kernel)]
            first_tap[...] = np.sign(first_tap) * (np.abs(first_tap) % LARGEST_WEIGHT + 1)
    array: np.ndarray = weights.astype(carrier(case.dtype))
    return array


def largest_element(case: Case) -> int:
    """Return the largest magnitude of the input (counted from ABOVE_FLOAT32 for float64)."""
    if operation(case.op).selects:
        return min(EXACT[case.dtype], LARGEST)  # a max pool adds nothing up
    bound = EXACT[case.dtype] // max(weight_in_output(case), 1) - (ABOVE_FLOAT32 if case.dtype in WIDE else 0)
    return max(min(bound, LARGEST), NARROW if EXACT[case.dtype] < EXACT["float32"] else 1)


def weight_in_output(case: Case) -> int:
    """Return the largest possible sum of the magnitudes of the weights of one output."""
    return terms(case) * (1 if case.pools else LARGEST_WEIGHT)


def is_exact(case: Case) -> bool:
    """Return whether the dtype holds every partial sum exactly, so that the order of summation does not matter."""
    offset = ABOVE_FLOAT32 if case.dtype in WIDE else 0
    exact = weight_in_output(case) * (largest_element(case) + offset) <= EXACT[case.dtype]
    return operation(case.op).selects or (not operation(case.op).divides and exact)


def weights_shape(case: Case) -> tuple[int, ...] | None:
    """Return (out, in / groups, *kernel); for a transposed convolution (in, out / groups, *kernel); None for a pool."""
    return operation(case.op).weights_shape(case)


def carrier(dtype: str) -> Any:
    """Return the NumPy dtype that carries values of a case's dtype: float32 holds a narrow dtype exactly."""
    return np.float64 if dtype in WIDE else np.float32


def terms(case: Case) -> int:
    """Return the largest number of products that are summed into one output."""
    taps = math.prod(case.kernel)
    return taps if case.pools else taps * max(case.in_channels // max(case.groups, 1), 1)


def mirrors(case: Case) -> list[tuple[int, ...]]:
    """Return every combination of axes of the weights along which flipping the kernel can make a difference."""
    axes = [2 + i for i, size in enumerate(case.kernel) if size > 1]
    return [flips for count in range(1, len(axes) + 1) for flips in combinations(axes, count)]


def make_arrays(case: Case) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the input and the weights of a case."""
    return make_input(case), make_weights(case)
