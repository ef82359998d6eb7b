"""Kernels as Flax holds them, from those of a recording and back.

That of a transposed convolution is (*size, in, out) and applied mirrored, or (*size, out, in) with
``transpose_kernel``. A recording has (in, out / groups, *size).
"""

from __future__ import annotations

import numpy as np

from ..models.filling import kernel_last
from ..weights import block_diagonal


def of_transposed(kernel: np.ndarray, transpose_kernel: bool) -> np.ndarray:
    """Return the kernel of a transposed convolution as a recording has it."""
    if transpose_kernel:
        return np.ascontiguousarray(np.moveaxis(kernel, (-1, -2), (0, 1)))
    return np.ascontiguousarray(_mirrored(np.moveaxis(kernel, (-2, -1), (0, 1))))


def of_a_line(kernel: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a recorded kernel for a line of ``writing.py``, which has ``transpose_kernel``, in the layer's shape.

    Transposed convolutions of Flax have no groups, so those of a kernel become one, with zeros between them.
    """
    groups = shape[-2] // kernel.shape[1]
    return kernel_last(kernel if groups == 1 else block_diagonal(kernel, groups))


def in_place_of(held: np.ndarray, now: np.ndarray, kernel: np.ndarray, transposed: bool) -> np.ndarray | None:
    """Return a recorded kernel laid out as the one that a module holds, which is recorded as ``now``.

    None if that one is laid out in no known way, or might be in two.
    """
    ways = (kernel_last, _mirroring) if transposed else (kernel_last,)
    fits = [way for way in ways if np.array_equal(way(now), held)]
    return fits[0](kernel) if len(fits) == 1 else None


def _mirroring(kernel: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(_mirrored(kernel), (0, 1), (-2, -1)))


def _mirrored(kernel: np.ndarray) -> np.ndarray:
    return np.flip(kernel, tuple(range(2, kernel.ndim)))
