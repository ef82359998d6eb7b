"""Random weights in place of a model's own, which may be zeros and ones where nobody has trained it.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np


def like(seed: int = 0) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that gives random numbers of the shape and dtype of an array; integers stay as they are.

    Those with one axis, such as variances, are 0.5 to 1.5. Others are normal and so small that no layer's output grows.
    """
    random = np.random.RandomState(seed)

    def made(array: np.ndarray) -> np.ndarray:
        if array.dtype.kind != "f":
            return array
        if array.ndim < 2:
            return np.asarray(random.uniform(0.5, 1.5, array.shape), array.dtype)
        each = array.size / min(array.shape)
        return np.asarray(random.standard_normal(array.shape) / math.sqrt(each), array.dtype)

    return made
