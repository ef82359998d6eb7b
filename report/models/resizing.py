"""Resizing of images, in NumPy: where each output lies among the inputs, and how these are weighed."""

from __future__ import annotations

import numpy as np

CORNERS = ("half-pixel", "aligned", "asymmetric")
MODES = ("nearest", "linear")


def resize(x: np.ndarray, size: tuple[int, ...], mode: str, corners: str) -> np.ndarray:
    """Return x (N, C, *spatial) resized to ``size``. Raise KeyError for a mode that is not known."""
    for axis, outputs in enumerate(size):
        x = _along(x, axis + 2, outputs, mode, corners)
    return x


def _along(x: np.ndarray, axis: int, outputs: int, mode: str, corners: str) -> np.ndarray:
    n = x.shape[axis]
    at = _positions(n, outputs, corners)
    if mode == "nearest":
        index = np.floor(at + (0.5 if corners == "half-pixel" else 1e-9)) if corners != "aligned" else np.rint(at)
        return np.take(x, np.clip(index, 0, n - 1).astype(int), axis)
    if mode != "linear":
        raise KeyError(mode)
    at = np.clip(at, 0, n - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, n - 1)
    share = (at - low).reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    y: np.ndarray = np.take(x, low, axis) * (1 - share) + np.take(x, high, axis) * share
    return y


def _positions(n: int, outputs: int, corners: str) -> np.ndarray:
    """Return where outputs lie, in elements of the input."""
    index = np.arange(outputs)
    if corners == "aligned":
        return index * ((n - 1) / max(outputs - 1, 1))
    return (index + 0.5) * (n / outputs) - 0.5 if corners == "half-pixel" else index * (n / outputs)
