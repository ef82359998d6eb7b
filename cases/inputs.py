"""The input and the weights of a case: small integers that cannot hide a shift.

Elements are distinct where that many integers fit, and kernels are non-zero and differ from their own mirror
image, because all-ones inputs hide shifts and symmetric kernels hide flips. Sums stay below 2**24, so float32
arithmetic on them is exact in any order of summation. Worker code: both sides make the same arrays from the case.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from .case import Case

EXACT = {"float32": 2**24}
LARGEST_WEIGHT = 7


def make_input(case: Case) -> np.ndarray:
    """The input, float32 of shape (N, C, *spatial)."""
    shape = (case.batch, case.in_channels) + case.input
    size = int(np.prod(shape, dtype=object))
    terms = int(np.prod(case.kernel, dtype=object)) * max(case.in_channels // max(case.groups, 1), 1)
    largest = max(EXACT[case.dtype] // max(terms * LARGEST_WEIGHT, 1), 1)
    # RandomState's stream is frozen by NumPy's compatibility policy (NEP 19); Generator's may change.
    random = np.random.RandomState(case.seed)
    distinct = size <= largest
    values = random.permutation(size) + 1 if distinct else random.randint(1, largest + 1, size=size)
    array: np.ndarray = values.astype(np.float32).reshape(shape)
    return array


def make_weights(case: Case) -> np.ndarray:
    """The kernels, float32 of shape (out, in / groups, *kernel): cross-correlation, as all four frameworks apply it."""
    shape = (case.out_channels, case.in_channels // max(case.groups, 1)) + case.kernel
    random = np.random.RandomState(case.seed ^ 0x5EED)
    weights = random.randint(1, LARGEST_WEIGHT + 1, size=shape) * random.choice([-1, 1], size=shape)
    for flips in mirrors(case):
        if np.array_equal(weights, np.flip(weights, flips)):
            first = weights[(slice(None), slice(None)) + (0,) * len(case.kernel)]
            first[...] = np.sign(first) * (np.abs(first) % LARGEST_WEIGHT + 1)
    array: np.ndarray = weights.astype(np.float32)
    return array


def mirrors(case: Case) -> list[tuple[int, ...]]:
    """Every choice of the weights' axes along which flipping the kernel can make a difference."""
    axes = [2 + i for i, size in enumerate(case.kernel) if size > 1]
    return [flips for count in range(1, len(axes) + 1) for flips in combinations(axes, count)]


def make_arrays(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """The input and the weights of a case."""
    return make_input(case), make_weights(case)
