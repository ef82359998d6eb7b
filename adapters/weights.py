"""Other forms of weights, for frameworks that lack groups or dilation.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import numpy as np


def block_diagonal(weights: np.ndarray, groups: int) -> np.ndarray:
    """Return grouped weights (C, O/groups, *kernel) as those of one group (C, O, *kernel), zero between the groups."""
    whole = np.zeros((weights.shape[0], weights.shape[1] * groups) + weights.shape[2:], weights.dtype)
    for g in range(groups):
        rows = slice(g * weights.shape[0] // groups, (g + 1) * weights.shape[0] // groups)
        whole[rows, g * weights.shape[1] : (g + 1) * weights.shape[1]] = weights[rows]
    return whole


def spread(weights: np.ndarray, kernel: tuple[int, ...]) -> np.ndarray:
    """Return weights (_, _, *taps) as those of a larger kernel (_, _, *kernel), with zeros between the taps."""
    wide = np.zeros(weights.shape[:2] + kernel, weights.dtype)
    steps = [(size - 1) // max(taps - 1, 1) or 1 for size, taps in zip(kernel, weights.shape[2:])]
    wide[(slice(None), slice(None)) + tuple(slice(None, None, step) for step in steps)] = weights
    return wide
