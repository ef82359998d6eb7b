"""Why the way to a unit differs: its input is the original's scaled, or in another order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from .. import numbers
from ..differing import Fix
from ..transforms import turned

LARGEST_SEARCH = 8  # channels of which all orders are tried


def explain(y: np.ndarray, got: np.ndarray, allowed: np.ndarray) -> list[Fix]:
    """Return the changes of the port's value, one after the other, that make it the original's; none if unknown."""
    if not numbers.agree(np.zeros(y.size), np.zeros(got.size), np.zeros(())):
        return []
    near = 4 * allowed + 1e-6 * np.abs(y)
    for fix in _candidates(y, got):
        if numbers.agree(y, _changed(got, fix), near):
            return [fix]
    if y.ndim > 2 and got.shape == y.shape:  # an image may be in another order and of another scale
        for order in _orders(y, got):
            ordered = _changed(got, order)
            if ordered.shape != y.shape:
                continue
            for scale in _scaled(y, ordered):
                if numbers.agree(y, _changed(ordered, scale), near):
                    return [order, scale]
    return []


def _changed(x: np.ndarray, fix: Fix) -> np.ndarray:
    assert fix.turn is not None
    return turned(x, *fix.turn)


def _candidates(y: np.ndarray, got: np.ndarray) -> Iterator[Fix]:
    if y.ndim > 2 and got.shape == y.shape:
        yield from _orders(y, got)
    if y.ndim == 2 and got.shape == y.shape:
        yield from _flattened(y, got)
        yield Fix("scale", "lacks a softmax that the original has", turn=("softmax", None))
    if got.shape == y.shape:
        yield from _scaled(y, got)


def _orders(y: np.ndarray, got: np.ndarray) -> Iterator[Fix]:
    channels = y.shape[1]
    if channels > 1:
        back = list(range(channels))[::-1]
        yield Fix("order", "reads the channels in reverse order (as BGR for RGB)", turn=("channels", back))
    if 2 < channels <= LARGEST_SEARCH:
        sums = np.abs(got.astype(np.float64)).reshape(len(got), channels, -1).sum(2).sum(0)
        wanted = np.abs(y.astype(np.float64)).reshape(len(y), channels, -1).sum(2).sum(0)
        order = [int(np.abs(sums - total).argmin()) for total in wanted]
        if sorted(order) == list(range(channels)) and order != sorted(order):
            yield Fix("order", f"reads the channels in the order {order}", turn=("channels", order))
    spatial = range(2, y.ndim)
    for a, b in itertools.combinations(spatial, 2):
        axes = list(range(y.ndim))
        axes[a], axes[b] = b, a
        yield Fix("order", f"reads axes {a} and {b} exchanged", turn=("axes", axes))
    for axis in spatial:
        yield Fix("order", f"reads axis {axis} mirrored", turn=("flip", axis))


def _flattened(y: np.ndarray, got: np.ndarray) -> Iterator[Fix]:
    """Yield orders of flattened channels and pixels, by which channels come together."""
    size = y.shape[1]
    for channels in (c for c in range(2, size) if size % c == 0):
        for last in (True, False):
            turn = ("flat", [channels, size // channels, last])
            if np.array_equal(turned(got[:1], *turn), y[:1]) or np.allclose(turned(got[:1], *turn), y[:1], atol=1e-5):
                first = "the channels first where the original flattens them last"
                told = first if last else "the channels last where the original flattens them first"
                yield Fix("order", f"flattens {told}", turn=turn)
                return


def _scaled(y: np.ndarray, got: np.ndarray) -> Iterator[Fix]:
    a, b = got.astype(np.float64).ravel(), y.astype(np.float64).ravel()
    power = float(a @ a)
    if power <= 0 or not math.isfinite(power):
        return
    scale = float(f"{float(a @ b) / power:.6g}")
    if scale and scale != 1:
        for nice in (scale, 1 / float(f"{1 / scale:.6g}"), float(f"{scale:.4g}"), 1 / float(f"{1 / scale:.4g}")):
            yield Fix("scale", f"reads {_times(1 / nice)} the original's values", turn=("scale", nice))
    spread = float(a.std())
    if spread > 0:
        slope = float(((a - a.mean()) * (b - b.mean())).mean() / a.var())
        shift = float(b.mean() - slope * a.mean())
        told = f"reads the original's values scaled by {1 / slope:.6g} and shifted by {-shift / slope:.6g}"
        if slope:
            yield Fix("scale", told, turn=("affine", [slope, shift]))


def _times(factor: float) -> str:
    if abs(factor) < 1 and abs(1 / factor - round(1 / factor)) < 1e-3:
        return f"1/{round(1 / factor)} of"
    return f"{factor:.6g} times"
