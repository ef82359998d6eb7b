"""Fitting of pads, stride, dilation and flip to a map of the elements that are read.

A map has shape (output, kernel) and holds input indices, -1 for padding; it comes from the arithmetic or from a
measurement. A fit contains only what the map determines: the stride of a single output, the dilation of a one-tap
kernel and trailing padding that no window reaches are unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from .axis_sampling import AxisSampling
from .operations.axis import Axis
from .operations.windows import NUMPY_MODES

LARGEST_MODE_PAD = 64  # elements; wider padding in a mode other than zeros is not recognised
LARGEST_MAP = 2**22  # entries of a map, 32 MB; larger maps are not made


def largest_map(axes: Iterable[Axis]) -> int:
    """Return the number of entries in the largest map of these axes."""
    return max((axis.output * axis.kernel for axis in axes), default=0)


def fit_axis(indices: np.ndarray, axis: Axis) -> AxisSampling | None:
    """Return the sampling of a map that was requested as ``axis``, or None if no sampling reproduces it exactly."""
    if axis.adjoint:
        return _fit_transposed(indices, axis.n) or _as_asked(indices, axis)
    return fit(indices, axis.n) or _fit_mode(indices, axis)


def _as_asked(indices: np.ndarray, axis: Axis) -> AxisSampling | None:
    """Return the sampling of a map that pads with the input's own elements exactly as requested, else None."""
    if axis.mode == "zeros" or not axis.same_reads(indices):
        return None
    before, after = axis.pads
    return AxisSampling(before, (after, after), axis.stride, axis.dilation, mode=axis.mode)


def fit(indices: np.ndarray, n: int) -> AxisSampling | None:
    """Return the sampling of a map of an axis of n elements, or None if no sampling reproduces the map exactly."""
    outputs, taps = indices.shape
    if not (indices >= 0).any():
        return AxisSampling(None, None, None, None)
    stride, dilation = _steps(indices)
    if (stride is not None and stride < 1) or dilation == 0:
        return None  # windows never stand still or move backwards

    o, t = np.argwhere(indices >= 0)[0].tolist()
    v = int(indices[o, t])
    rebuilt = (np.arange(outputs)[:, None] - o) * (stride or 0) + (np.arange(taps)[None, :] - t) * (dilation or 0) + v
    known = np.zeros_like(indices, dtype=bool)
    known[o if stride is None else slice(None), t if dilation is None else slice(None)] = True
    before = -int(rebuilt[0, 0]) if known[0, 0] else None
    rebuilt = np.where((rebuilt >= 0) & (rebuilt < n), rebuilt, -1)
    if not np.array_equal(rebuilt[known], indices[known]):
        return None

    flipped = dilation is not None and dilation < 0
    if dilation is not None and flipped:
        if before is not None:
            before -= (taps - 1) * dilation  # the window starts at its last tap
        dilation = -dilation
    after: tuple[int, int | None] | None = None
    if before is not None and (stride is not None or outputs == 1) and (dilation is not None or taps == 1):
        reach = (outputs - 1) * (stride or 0) - before + (taps - 1) * (dilation or 0)
        low = reach - (n - 1)
        after = (low, None if stride is None else low + stride - 1)
    return AxisSampling(before, after, stride, dilation, flipped)


def _fit_transposed(indices: np.ndarray, n: int) -> AxisSampling | None:
    outputs, taps = indices.shape
    entries = np.argwhere(indices >= 0)
    if not len(entries):
        return AxisSampling(None, None, None, None)
    written = np.full((n, taps), -1)  # the inverse map: the output that each element is written to through each tap
    written[indices[tuple(entries.T)], entries[:, 1]] = entries[:, 0]
    stride, dilation = _steps(written)
    if (stride is not None and stride < 1) or dilation == 0:
        return None
    first, *others = [(o, t, int(indices[o, t])) for o, t in entries[:2].tolist()]
    if stride is None and dilation is None and others:  # no two entries share a tap or an element
        some = _moves(first, others[0], outputs)
        fits = any(np.array_equal(_written(indices, n, first, *steps), indices) for steps in some)
        return AxisSampling(None, None, None, None) if fits else None
    o, t, v = first
    target = np.arange(outputs)[:, None] - o - (np.arange(taps)[None, :] - t) * (dilation or 0)
    rebuilt = _written(indices, n, first, stride or 1, dilation or 0)
    columns = entries[:, 1] if dilation is None else slice(None)
    known = rebuilt[:, columns] if stride is not None else np.where(target[:, columns] == 0, v, -1)
    if not np.array_equal(known, indices[:, columns]):
        return None
    if (dilation is None and taps > 1) or (stride is None and n > 1):
        return AxisSampling(None, None, stride, None if dilation is None else abs(dilation), (dilation or 0) < 0)
    before = v * (stride or 0) + t * (dilation or 0) - o
    flipped = dilation is not None and dilation < 0
    if dilation is not None and flipped:
        before -= (taps - 1) * dilation  # count from the tap that writes first
        dilation = -dilation
    after = (n - 1) * (stride or 0) - before + (taps - 1) * (dilation or 0) + 1 - outputs
    return AxisSampling(before, (after, after), stride, dilation, flipped)


def _moves(one: tuple[int, int, int], other: tuple[int, int, int], outputs: int) -> Iterator[tuple[int, int]]:
    """Yield the (stride, dilation) pairs of a transposed convolution that two of its entries allow."""
    (o, t, v), (p, u, w) = one, other
    # The result repeats with a period of |v - w| in the dilation, and dilations wider than all outputs change nothing.
    for dilation in range(1, 2 * abs(v - w) + outputs + 1) if v != w else ():
        for signed in (dilation, -dilation):
            stride, rest = divmod(p - o - (u - t) * signed, w - v)
            if rest == 0 and stride > 0:
                yield stride, signed


def _written(indices: np.ndarray, n: int, entry: tuple[int, int, int], stride: int, dilation: int) -> np.ndarray:
    """Return the map of the transposed convolution with this entry, stride and dilation, shaped like ``indices``."""
    (outputs, taps), (o, t, v) = indices.shape, entry
    target = np.arange(outputs)[:, None] - o - (np.arange(taps)[None, :] - t) * dilation
    source, beside = np.divmod(target, stride)
    return np.where((beside == 0) & (source + v >= 0) & (source + v < n), source + v, -1)


def _fit_mode(indices: np.ndarray, axis: Axis) -> AxisSampling | None:
    """Return the sampling of a map that pads with the input's own elements and moves its windows as requested."""
    outputs, taps = indices.shape
    reach = (outputs - 1) * axis.stride + axis.dilation * (taps - 1) + 1
    places = np.arange(outputs)[:, None] * axis.stride + np.arange(taps)[None, :] * axis.dilation
    # Several modes and pads can make the same map, so the requested ones are tried first.
    modes = sorted(NUMPY_MODES, key=lambda mode: mode != axis.mode)
    pads = sorted(range(min(reach, LARGEST_MODE_PAD) if axis.n else 0), key=lambda before: before != axis.before)
    for mode in modes:
        for before in pads:
            after = max(reach - before - axis.n, 0)
            if np.array_equal(np.pad(np.arange(axis.n), (before, after), mode=NUMPY_MODES[mode])[places], indices):
                low = reach - before - axis.n
                return AxisSampling(before, (low, low + axis.stride - 1), axis.stride, axis.dilation, mode=mode)
    return None


def _steps(table: np.ndarray) -> tuple[int | None, int | None]:
    """Return by how much entries grow from row to row and from column to column; None where it is undetermined.

    Negative entries are ignored. Two entries of a column determine the first step, two of a row the second; once one
    step is known, any two entries determine the other.
    """
    down, right = _step(table), _step(table.T)
    if down is None and right is not None:
        down = _step_across(table, right)
    elif right is None and down is not None:
        right = _step_across(table.T, down)
    return down, right


def _step(table: np.ndarray) -> int | None:
    """Return by how much entries grow from row to row, from the first two of the first column that has two."""
    (columns,) = np.nonzero((table >= 0).sum(axis=0) > 1)
    if not len(columns):
        return None
    column = table[:, columns[0]]
    one, other = np.flatnonzero(column >= 0)[:2].tolist()
    return int((column[other] - column[one]) // (other - one))  # if this is not whole, no steps fit the table


def _step_across(table: np.ndarray, right: int) -> int | None:
    """Return by how much entries grow from row to row, if they grow by ``right`` from column to column."""
    rows = np.flatnonzero((table >= 0).any(axis=1))[:2]
    if len(rows) < 2:
        return None
    columns = (table[rows] >= 0).argmax(axis=1)
    one, other = (table[rows, columns] - columns * right).tolist()
    return int((other - one) // int(rows[1] - rows[0]))


def taps_of(windows: list[list[int]], kernel: int, n: int) -> np.ndarray:
    """Return a map (output, kernel) from the sorted elements in each window of an axis of n elements.

    The taps in padding follow from where windows with one stride and dilation would have to start. If no such windows
    read these elements, each row lists its elements as they are, filled up with -1.
    """
    longest = max([kernel, *map(len, windows)])
    listed = np.array([row + [-1] * (longest - len(row)) for row in windows], dtype=np.int64).reshape(-1, longest)
    steps = {b - a for row in windows for a, b in zip(row, row[1:])}
    if longest > kernel or len(steps) > 1:
        return listed
    dilation = steps.pop() if steps else 1
    ends = [(row[0], row[-1]) if row else (None, None) for row in windows]
    strides = {b - a for side in zip(*ends) for a, b in zip(side, side[1:]) if None not in (a, b)} - {0}
    for stride in sorted(strides) or [1]:
        for before in sorted(_starts(windows, kernel, stride, dilation), key=abs):
            starts = np.arange(len(windows))[:, None] * stride - before
            taps = starts + np.arange(kernel)[None, :] * dilation
            taps = np.where((taps >= 0) & (taps < n), taps, -1)
            if [sorted(v for v in row if v >= 0) for row in taps.tolist()] == windows:
                return taps
    return listed


def _starts(windows: list[list[int]], kernel: int, stride: int, dilation: int) -> set[int]:
    """Return the possible leading pads, given the window that reads the most elements and how many it lacks."""
    output = max(range(len(windows)), key=lambda o: len(windows[o]), default=0)
    if not windows or not windows[output]:
        return set()
    first = windows[output][0]
    return {output * stride - first + lacking * dilation for lacking in range(kernel - len(windows[output]) + 1)}
