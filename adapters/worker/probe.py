"""Measurement of which input element each output reads, in one forward pass. Nothing comes from documentation.

For a convolution or its transpose, a sibling layer is run. It has one output channel per kernel tap, with a one-hot
kernel, and its batch has one image per axis that numbers the elements along that axis. Each output is then the number
of the element that it reads through a tap, or 0 if it reads padding or nothing. The numbers begin with 3, so that
padding with 1 is not taken for the first element. If that would be too large, only the taps on one line along each
axis, through the middle of the kernel, are passed on.

The taps of a pool cannot be told apart. Each of its images is for one axis and one residue of the index: it holds the
1-based index of the elements with that residue and 0 elsewhere. As many residues are told apart as two windows are
long, so the output shows the elements in each window. One more image holds a constant, which shows what padding counts
as: -5 for a max pool, 1 for an average.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...cases import arithmetic
from ...cases.case import Case, Sizes
from ...cases.dtypes import WIDE
from ...cases.inputs import EXACT, carrier, weights_shape
from ...cases.operations.table import operation
from ...cases.sampling import LARGEST_MAP, largest_map, taps_of

LARGEST_OUTPUT = 2**26  # elements of the sibling's output, and of its input
MOST_PASSES = 1024  # passes through the layer itself
NOTHING = 1e30  # outputs of at least this magnitude, such as minus infinity, come from windows that hold nothing
FIRST = 3  # the number of the first element along an axis in the images of a convolution
NEAR = 1 / 8  # from a whole number, within which an accelerator's output is read as that number
LARGEST_NEAR = 2**11  # the number up to which TF32, which an accelerator may multiply in, has every whole number
LOW = -5.0  # the constant that is pooled to see whether padding counts as more


class NotMeasurable(ValueError):
    """The output does not have the shape that the layer must have, whichever elements it reads."""


@dataclass(frozen=True)
class Sampling:
    """A measured sampling: per axis a map (output, kernel) of input indices, -1 for padding.

    ``separable`` means that the maps of the axes describe the sampling completely. ``exact`` means that every number
    returned was an index or 0, as exact arithmetic would give; if not, the measurement is meaningless.

    Pools also have: ``pad_value``, the value that a max pool takes padding for, or None if it ignores padding;
    ``divisors``, the divisors of an average along each axis, in the middle of the others; and ``uneven``, the first
    (axis, output, element, times) at which an average counts one element of a window more often than another.
    """

    maps: tuple[np.ndarray, ...]
    separable: bool
    exact: bool
    pad_value: float | None = None
    divisors: tuple[tuple[float, ...], ...] | None = None
    uneven: tuple[int, int, int, float] | None = None


def sibling(case: Case) -> Case:
    """Return the layer that is run instead: a pool, or one output channel per group and tap and one input per group.
    If the layer's own groups have several channels, the sibling's have two, of which the second has no effect: with one
    channel per group, it would be another kind of layer, a depthwise one. Raises MemoryError if it would be too large.
    """
    axes = arithmetic.axes(case)
    if not isinstance(axes, arithmetic.Invalid) and largest_map(axes) > LARGEST_MAP:
        raise MemoryError(f"the probe would find {largest_map(axes)} elements along an axis")
    narrow = operation(case.op).divides or max(case.input, default=0) + FIRST > EXACT.get(case.dtype, 0)
    dtype = "float32" if narrow and case.dtype not in WIDE else case.dtype
    if case.pools:
        count = _images(case)
        _bound(count * math.prod(case.input))
        return replace(case, batch=count, in_channels=1, out_channels=1, dtype=dtype)
    size = case.input if isinstance(axes, arithmetic.Invalid) else [axis.output for axis in axes]
    each = case.rank * math.prod(size)
    whole, lines = math.prod(case.kernel), sum(case.kernel)
    groups, taps = case.groups, whole
    if each * groups * taps > LARGEST_OUTPUT:
        groups, taps = 1, whole if each * whole <= LARGEST_OUTPUT else min(whole, lines)
    _bound(each * groups * taps)
    channels = groups * (2 if 1 < groups < case.in_channels else 1)
    return replace(case, batch=case.rank, in_channels=channels, out_channels=groups * taps, groups=groups, dtype=dtype)


def on_size(sibling: Case, sizes: Sizes) -> Case:
    """Return a sibling on an input of another size, which for a pool may take another number of images."""
    sized = sibling.on(sizes)
    return replace(sized, batch=_images(sized)) if sized.pools else sized


def passed_on(case: Case) -> np.ndarray:
    """Return the taps, int64 (taps, rank), that the output channels of each group of a sibling pass on."""
    taps = case.out_channels // case.groups
    if taps == math.prod(case.kernel):
        return np.stack(np.unravel_index(np.arange(taps), case.kernel), axis=1)
    middle = [size // 2 for size in case.kernel]
    return np.array([middle[:i] + [tap] + middle[i + 1 :] for i, size in enumerate(case.kernel) for tap in range(size)])


def measure(apply: Callable[[np.ndarray, Any], np.ndarray], case: Case) -> Sampling:
    """Return the sampling of an existing layer, which can only be applied and whose channels are fixed.

    ``apply`` takes (N, C, *spatial) and weights shaped as in ``cases.inputs``. ``case`` describes the layer as far as
    it is known: its operation, input, kernel, channels and groups.
    """
    return read_passes([apply(*arrays) for arrays in passes(case)], case)


def passes(case: Case) -> Iterator[tuple[np.ndarray, Any]]:
    """Yield the inputs and weights of the passes through the layer itself, when no sibling is run instead.

    One pass covers as many taps as a group has outputs. Raises MemoryError if this would be too much.
    """
    if case.pools:
        yield np.repeat(images(sibling(case)), case.in_channels, axis=1), None
        return
    taps, each = math.prod(case.kernel), case.out_channels // case.groups
    if -(-taps // each) > MOST_PASSES:
        raise MemoryError(f"the probe would need {-(-taps // each)} passes")
    _bound(case.rank * math.prod(case.input) * max(case.in_channels, case.groups * taps))
    x = images(_of_all_taps(case))
    for first in range(0, taps, each):
        yield x, _some_taps(case, range(first, min(first + each, taps)))


def read_passes(outputs: Sequence[np.ndarray], case: Case, near: float = 0.0) -> Sampling:
    """Return the sampling that a layer's own outputs in :func:`passes` show. Raises NotMeasurable."""
    if case.pools:
        return read_off(outputs[0][:, :1], sibling(case), near)
    for y in outputs:
        if y.ndim != case.rank + 2 or y.shape[:2] != (case.rank, case.out_channels):
            raise NotMeasurable(
                f"not measurable: the layer should return {case.out_channels} channels; it returned {y.shape}"
            )
    whole, taps = _of_all_taps(case), math.prod(case.kernel)
    found = [y.reshape((case.rank, case.groups, -1) + y.shape[2:]) for y in outputs]
    by_tap = np.concatenate(found, axis=2)[:, :, :taps]
    return read_off(by_tap.reshape((case.rank, case.groups * taps) + by_tap.shape[3:]), whole, near)


def _of_all_taps(case: Case) -> Case:
    """Return the layer with one output channel per group and tap, to which the combined passes are equivalent."""
    return replace(case, batch=case.rank, out_channels=case.groups * math.prod(case.kernel))


def _some_taps(case: Case, taps: range) -> np.ndarray:
    """Return weights with which output j of each group passes on the j-th of these taps of its first channel."""
    shape = weights_shape(case)
    assert shape is not None
    weights = np.zeros(shape, carrier(case.dtype))
    flat = weights.reshape(shape[:2] + (-1,))
    for group in range(case.groups):
        for j, tap in enumerate(taps):
            if operation(case.op).adjoint:
                flat[group * (case.in_channels // case.groups), j, tap] = 1
            else:
                flat[group * (case.out_channels // case.groups) + j, 0, tap] = 1
    return weights


def _bound(elements: int) -> None:
    if elements > LARGEST_OUTPUT:
        raise MemoryError(f"the probe would need {elements} elements")


def _residues(case: Case) -> list[int]:
    """Return how many residues of the index are told apart along each axis."""
    return [min(n, 2 * d * max(k, 1)) for n, k, d in zip(case.input, case.kernel, case.dilation)]


def _images(case: Case) -> int:
    """Return the number of images of a pool."""
    return sum(_residues(case)) * (1 if operation(case.op).selects else 2) + 1


def _low(case: Case) -> float:
    """Return the constant that is pooled to see whether padding counts as more; unsigned integers have none below 0."""
    return 0.0 if case.dtype == "uint8" else LOW


def images(case: Case) -> np.ndarray:
    """Return the input of a sibling, (N, channels, *spatial)."""
    kind, first = carrier(case.dtype), 1 if case.pools else FIRST
    grids = np.meshgrid(*(np.arange(first, first + n, dtype=kind) for n in case.input), indexing="ij")
    if not case.pools:
        return np.broadcast_to(np.stack(grids)[:, None], (case.rank, case.in_channels) + case.input).copy()
    stack = []
    for grid, residues in zip(grids, _residues(case)):
        for residue in range(residues):
            chosen = (grid - 1) % residues == residue
            stack.append(np.where(chosen, grid, 0))
            if operation(case.op).divides:
                stack.append(chosen.astype(kind))
    stack.append(np.full(case.input, _low(case) if operation(case.op).selects else 1, kind))
    return np.stack(stack)[:, None].astype(kind)


def kernels(case: Case) -> np.ndarray | None:
    """Return the weights of a sibling, in which output channel t of each group passes on tap t; None for a pool."""
    if case.pools:
        return None
    taps = passed_on(case)
    one_hot = np.zeros((len(taps), case.in_channels // case.groups) + case.kernel, carrier(case.dtype))
    one_hot[(np.arange(len(taps)), 0) + tuple(taps.T)] = 1
    if operation(case.op).adjoint:
        one_hot = np.swapaxes(one_hot, 0, 1)
    return np.tile(one_hot, (case.groups, 1) + (1,) * case.rank)


def read_off(y: np.ndarray, case: Case, near: float = 0.0) -> Sampling:
    """Return the sampling that a sibling's output (N, channels, *output) shows. All groups have to show the same.

    The output of a convolution may be ``near`` off the whole numbers that it stands for, as accelerators' are. Raises
    NotMeasurable if the output has another shape, and if an accelerator may have rounded to another whole number.
    """
    if y.ndim != case.rank + 2 or y.shape[0] != case.batch or (not case.pools and y.shape[1] != case.out_channels):
        due = f"({case.batch}, {case.out_channels}, ...) with {case.rank + 2} axes"
        raise NotMeasurable(f"not measurable: the probe's layer should return {due}; it returned {y.shape}")
    return _read_pool(y, case) if case.pools else _read_taps(y, case, near)


def _read_taps(y: np.ndarray, case: Case, near: float) -> Sampling:
    rank, output = case.rank, y.shape[2:]
    last = (FIRST - 1 + np.array(case.input)).reshape((rank,) + (1,) * (y.ndim - 1))
    if near and last.max(initial=0) > LARGEST_NEAR:
        raise NotMeasurable("not measurable: an accelerator may round the number of an element this far along an axis")
    if near:
        y = np.where(np.abs(y - np.rint(y)) <= near, np.rint(y), y)
    exact = bool(((y == np.rint(y)) & ((y == 0) | (y >= FIRST)) & (y <= last)).all())
    numbers = np.rint(np.nan_to_num(np.clip(y, 0, last))).astype(np.int64)
    whole = np.maximum(numbers - (FIRST - 1), 0)  # 1-based indices, 0 for padding
    taps = passed_on(case)
    by_group = whole.reshape((rank, case.groups, len(taps)) + output)
    first = by_group[:, 0]  # (rank, taps, *output)
    maps: list[np.ndarray] = []
    for i in range(rank):
        others = tuple(1 + a for a in range(rank) if a != i)
        by_tap = np.zeros((case.kernel[i], output[i]), dtype=np.int64)
        np.maximum.at(by_tap, taps[:, i], first[i].max(axis=others))
        maps.append(by_tap.T)
    middles = [m[:, size // 2] for m, size in zip(maps, case.kernel)]
    if len(taps) < math.prod(case.kernel) and any((column == 0).all() for column in middles):
        raise NotMeasurable("not measurable: the middle of the kernel reads nothing along an axis")
    # The index along every axis for each tap and output, according to the maps; 0 if any axis is in the padding.
    along = [_spread(m.T[taps[:, i]], i, rank) for i, m in enumerate(maps)]
    inside = np.logical_and.reduce(np.broadcast_arrays(*(indices > 0 for indices in along)))
    separable = all(bool((by_group[i] == np.where(inside, indices, 0)).all()) for i, indices in enumerate(along))
    return Sampling(tuple(m - 1 for m in maps), separable, exact)


def _spread(by_tap: np.ndarray, axis: int, rank: int) -> np.ndarray:
    """Return an array (taps, output) of one axis, reshaped to broadcast against (taps, *output)."""
    shape = [len(by_tap)] + [1] * rank
    shape[1 + axis] = by_tap.shape[1]
    return by_tap.reshape(shape)


def _read_pool(y: np.ndarray, case: Case) -> Sampling:
    y = y[:, 0].astype(np.float64)
    nothing = ~(np.abs(y) < NOTHING)
    y[nothing] = 0
    holds = ~nothing[-1] & ((y[-1] > 0) | (operation(case.op).selects))  # the outputs whose windows hold something
    constant, rest = y[-1], iter(y[:-1])
    windows, exact, separable, uneven = [], True, True, None
    for i, residues in enumerate(_residues(case)):
        found = [
            _found(next(rest), next(rest) if operation(case.op).divides else None, case.input[i], i, holds)
            for _ in range(residues)
        ]
        read = np.stack([indices for indices, _, _, _ in found], axis=1) if found else np.zeros((y.shape[1 + i], 0))
        exact, separable = exact and all(f[2] for f in found), separable and all(f[3] for f in found)
        windows.append([sorted(int(v) - 1 for v in row if v > 0) for row in read])
        if uneven is None and operation(case.op).divides:
            uneven = _uneven(i, read, np.stack([weights for _, weights, _, _ in found], axis=1))
    maps = tuple(taps_of(rows, k, n) for rows, k, n in zip(windows, case.kernel, case.input))
    if operation(case.op).selects:
        low = _low(case)
        constant[nothing[-1]] = low
        # A window without padding returns the constant as it is.
        whole = np.ix_(*([len(row) == k for row in rows] for rows, k in zip(windows, case.kernel)))
        exact = exact and bool((constant >= low).all() and (constant[whole] == low).all())
        pad_value = float(constant.max()) if exact and constant.max() > low else None
        return Sampling(maps, separable, exact, pad_value)
    return Sampling(maps, separable, exact, None, tuple(_divisors(constant, windows)), uneven)


def _found(
    indexed: np.ndarray, indicator: np.ndarray | None, n: int, axis: int, holds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, bool, bool]:
    """Return, for one residue along an axis, the 1-based index that each window reads (or 0) and its weight.

    The last two values are whether all indices are whole numbers, and whether they are the same for all positions of
    the window along the other axes, ignoring windows that hold nothing.
    """
    others = tuple(a for a in range(indexed.ndim) if a != axis)
    weight = np.ones(indexed.shape) if indicator is None else indicator
    index = np.divide(indexed, weight, out=np.zeros(indexed.shape), where=weight > 0)
    whole = np.rint(np.nan_to_num(np.clip(index, 0, n)))
    exact = bool((np.abs(index - whole) <= (0 if indicator is None else 1e-2)).all())
    line = whole.max(axis=others)
    shape = [1] * whole.ndim
    shape[axis] = -1
    return line, weight.max(axis=others), exact, bool((whole == line.reshape(shape))[holds].all())


def _uneven(axis: int, read: np.ndarray, weights: np.ndarray) -> tuple[int, int, int, float] | None:
    for output, (row, weight) in enumerate(zip(read, weights)):
        seen = weight[row > 0]
        if seen.size and seen.max() > 1.01 * seen.min():
            most = int(np.argmax(np.where(row > 0, weight, 0)))
            return axis, output, int(row[most]) - 1, round(float(weight[most] / seen.min()), 3)
    return None


def _divisors(ones: np.ndarray, windows: list[list[list[int]]]) -> Iterator[tuple[float, ...]]:
    """Yield the divisors of the windows along each axis, in the middle of the others, from the averages of ones."""
    counts = [np.array([len(window) for window in rows], dtype=float) for rows in windows]
    middle = tuple(size // 2 for size in ones.shape)
    for i, count in enumerate(counts):
        line = ones[middle[:i] + (slice(None),) + middle[i + 1 :]]
        beside = np.prod([other[m] for j, (other, m) in enumerate(zip(counts, middle)) if j != i])
        divisor = np.divide(count * beside, line, out=np.zeros(len(count)), where=line > 0)
        yield tuple(round(float(d), 3) for d in divisor)
