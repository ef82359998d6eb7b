"""Which input element each output reads, measured in one forward pass.

A sibling of the layer gets one output channel per kernel tap, with a one-hot kernel, and a batch of two images
that hold the 1-based index of each element along the height and along the width. The output is then the index that
each output reads through each tap, or 0 where it reads padding. Nothing is read off the documentation.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..cases import arithmetic
from ..cases.case import Case

LARGEST_OUTPUT = 2**26  # elements of the sibling's output


@dataclass(frozen=True)
class Sampling:
    """A measured sampling: per axis a map (output, kernel) of input indices, -1 for padding.

    ``separable`` says that the maps of the axes together say all there is; ``exact`` that every number returned was
    an index or 0, as exact arithmetic on the input makes it. What is not exact measures nothing.
    """

    maps: tuple[np.ndarray, ...]
    separable: bool
    exact: bool


def sibling(case: Case) -> Case:
    """The layer that is run instead: one input channel per group, one output channel per group and tap."""
    taps = int(np.prod(case.kernel, dtype=object))
    axes = arithmetic.axes(case)
    size = case.input if isinstance(axes, arithmetic.Invalid) else [axis.output for axis in axes]
    images = case.rank * int(np.prod(list(size), dtype=object)) * taps
    groups = case.groups if images * case.groups <= LARGEST_OUTPUT else 1
    if images * groups > LARGEST_OUTPUT:
        raise MemoryError(f"the probe would need {images} elements")
    return replace(case, batch=case.rank, in_channels=groups, out_channels=groups * taps, groups=groups)


def images(case: Case) -> np.ndarray:
    """The input of a sibling, (rank, groups, *spatial): image i holds each element's 1-based index along axis i."""
    grids = np.meshgrid(*(np.arange(1, n + 1, dtype=np.float32) for n in case.input), indexing="ij")
    return np.broadcast_to(np.stack(grids)[:, None], (case.rank, case.in_channels) + case.input).copy()


def kernels(case: Case) -> np.ndarray:
    """The weights of a sibling, (groups * taps, 1, *kernel): output channel t of each group passes tap t on."""
    taps = case.out_channels // case.groups
    one_hot = np.eye(taps, dtype=np.float32).reshape((taps, 1) + case.kernel)
    return np.tile(one_hot, (case.groups, 1) + (1,) * case.rank)


def read_off(y: np.ndarray, case: Case) -> Sampling:
    """The sampling that a sibling's output (rank, groups * taps, *output) shows.

    Every group has to show the same; where they do not, the sampling is not separable.
    """
    rank, output = case.rank, y.shape[2:]
    largest = np.array(case.input).reshape((rank,) + (1,) * (y.ndim - 1))
    exact = bool(((y == np.rint(y)) & (y >= 0) & (y <= largest)).all())
    whole = np.rint(np.nan_to_num(np.clip(y, 0, largest))).astype(np.int64)
    by_group = whole.reshape((rank, case.groups) + case.kernel + output)
    first = by_group[:, 0]  # (rank, *kernel, *output)
    maps: list[np.ndarray] = []
    for i in range(rank):
        others = tuple(a for a in range(2 * rank) if a not in (i, rank + i))
        maps.append(first[i].max(axis=others).T)  # (kernel, output) of this axis, transposed
    inside = np.ones(case.kernel + output, dtype=bool)
    for i, indices in enumerate(maps):
        inside &= _spread(indices.T > 0, i, rank)
    expected = np.stack([np.where(inside, _spread(m.T, i, rank), 0) for i, m in enumerate(maps)])
    separable = bool((by_group == expected[:, None]).all())
    return Sampling(tuple(m - 1 for m in maps), separable, exact)


def _spread(by_tap: np.ndarray, axis: int, rank: int) -> np.ndarray:
    """An array (kernel, output) of one axis, shaped to broadcast against (*kernel, *output)."""
    shape = [1] * (2 * rank)
    shape[axis], shape[rank + axis] = by_tap.shape
    return by_tap.reshape(shape)
