"""Padding and slicing of the input into windows, from which the values of convolutions and pools are computed.

This is independent of the arithmetic that computes indices, except for :func:`gather`. Worker code: NumPy, in syntax
that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .axis import Axis

# np.pad's names for the padding modes.
NUMPY_MODES: dict[str, Any] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap", "symmetric": "symmetric"}


def pad(x: np.ndarray, axes: tuple[Axis, ...], fill: float, beyond: float | None = None) -> np.ndarray:
    """Return the input padded by the padding mode or with ``fill``, then cropped.

    If a last window extends beyond the far end, those elements are ``beyond``, or ``fill`` if ``beyond`` is None.
    """
    for i, axis in enumerate(axes):
        x = padded(x, 2 + i, (max(axis.before, 0), max(axis.after, 0)), axis.mode, fill)
        keep = slice(max(-axis.before, 0), max(x.shape[2 + i] - max(-axis.after, 0), 0))
        x = x[(slice(None),) * (2 + i) + (keep,)]
    reach = [(axis.output - 1) * axis.stride + axis.effective for axis in axes]
    over = [(0, 0)] * 2 + [(0, max(end - size, 0)) for end, size in zip(reach, x.shape[2:])]
    return np.pad(x, over, constant_values=fill if beyond is None else beyond) if any(map(any, over)) else x


def padded(x: np.ndarray, i: int, pad: tuple[int, int], mode: str, fill: float = 0) -> np.ndarray:
    """Return an array padded (before, after) along axis ``i`` by a padding mode, whose zeros are ``fill``."""
    if not any(pad):
        return x
    sides = [(0, 0)] * x.ndim
    sides[i] = pad
    named = NUMPY_MODES.get(mode)
    return np.pad(x, sides, mode=named) if named else np.pad(x, sides, constant_values=fill)


def gather(x: np.ndarray, axes: tuple[Axis, ...], output: tuple[int, ...]) -> tuple[np.ndarray, tuple[Any, ...]]:
    """Return the elements (C, *taps) of x (C, *spatial) that one output reads, in float64, and an index of those taps.

    Taps that read padding are left out. Unlike the rest of this module, this uses the arithmetic that computes indices.
    """
    read = [axis.sampling([o])[0] for axis, o in zip(axes, output)]
    taps = np.ix_(*(np.flatnonzero(indices >= 0) for indices in read))
    places = np.ix_(*(indices[indices >= 0] for indices in read))
    return x[(slice(None), *places)].astype(np.float64), taps


def windows(axes: tuple[Axis, ...]) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Yield each kernel tap with the strided slices of the padded input that all outputs read through it."""
    for tap in np.ndindex(*(axis.kernel for axis in axes)):
        yield (
            tap,
            tuple(
                slice(t * a.dilation, t * a.dilation + (a.output - 1) * a.stride + 1, a.stride)
                for t, a in zip(tap, axes)
            ),
        )
