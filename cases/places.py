"""The outputs of a large layer whose values are computed and compared, where all of them would be too many.

They are the corners of the output, where padding is read, and random others. They depend only on the case and the shape
of an output, so that the controller and the worker choose the same ones. Worker code.
"""

from __future__ import annotations

import itertools

import numpy as np

from .case import Case
from .inputs import terms

MOST = 256  # outputs
LEAST = 4  # outputs; fewer would prove nothing
LARGEST_WORK = 2**28  # products, about ten seconds
LARGEST_SIZE = 2**53  # of an axis; no array has one


def choose(case: Case, shape: tuple[int, ...]) -> np.ndarray:
    """Return up to MOST indices (outputs, rank + 2) into an output of this shape, some of them perhaps equal.

    They are fewer where a window is large, and none if not even LEAST windows can be computed or the output is empty.
    """
    count = min(MOST, LARGEST_WORK // max(terms(case), 1))
    if count < LEAST or 0 in shape or max(shape) > LARGEST_SIZE:
        return np.zeros((0, len(shape)), np.int64)
    corners = list(itertools.product(*((0, size - 1) for size in shape)))[:count]
    random = np.random.RandomState(case.seed ^ 0x91ACE5).random_sample((count - len(corners), len(shape)))
    others = [[int(share * size) for share, size in zip(row, shape)] for row in random.tolist()]
    return np.array([*corners, *others], np.int64)
