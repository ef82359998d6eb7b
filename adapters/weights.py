"""Weights in other forms, where a framework has no groups or no dilation of its own.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import numpy as np


def block_diagonal(weights: np.ndarray, groups: int) -> np.ndarray:
    """Grouped weights (C, O/groups, *kernel) as those of one group, (C, O, *kernel), zero between the groups."""
    whole = np.zeros((weights.shape[0], weights.shape[1] * groups) + weights.shape[2:], weights.dtype)
    for g in range(groups):
        rows = slice(g * weights.shape[0] // groups, (g + 1) * weights.shape[0] // groups)
        whole[rows, g * weights.shape[1] : (g + 1) * weights.shape[1]] = weights[rows]
    return whole


def spread(weights: np.ndarray, kernel: tuple[int, ...]) -> np.ndarray:
    """Weights (_, _, *taps) as those of a larger kernel: its dilation as zeros between the taps."""
    wide = np.zeros(weights.shape[:2] + kernel, weights.dtype)
    steps = [(size - 1) // max(taps - 1, 1) or 1 for size, taps in zip(kernel, weights.shape[2:])]
    wide[(slice(None), slice(None)) + tuple(slice(None, None, step) for step in steps)] = weights
    return wide
