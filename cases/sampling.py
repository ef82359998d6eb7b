"""From a map of which elements are read to the few numbers that say it: pads, stride, dilation, flip.

A map has shape (output, kernel) and holds input indices, -1 for padding; it comes from the arithmetic or from a
measurement alike. Only what the map determines is claimed: a stride over one output, the dilation of a one-tap
kernel, trailing padding that no window reaches are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class AxisSampling:
    """One axis: input index = output*stride - before + tap*dilation, taps mirrored where ``flipped``.

    ``after`` is the interval of trailing pads under which the same outputs come out; below 0, input that no window
    reaches. Its upper end is None where the stride is unknown. A field is None where the map does not determine it.
    """

    before: int | None
    after: tuple[int, int | None] | None
    stride: int | None
    dilation: int | None
    flipped: bool = False

    @property
    def reached_after(self) -> int | None:
        """The trailing padding that the last window reaches."""
        return None if self.after is None else max(self.after[0], 0)

    def to_json(self) -> dict[str, Any]:
        """The fields, with ``after`` as a list."""
        return {
            "before": self.before,
            "after": None if self.after is None else list(self.after),
            "stride": self.stride,
            "dilation": self.dilation,
            "flipped": self.flipped,
        }


def fit(indices: np.ndarray, n: int) -> AxisSampling | None:
    """The numbers behind a map for an axis of n elements, or None where no such numbers rebuild it exactly."""
    outputs, taps = indices.shape
    entries = [(int(o), int(t), int(indices[o, t])) for o, t in zip(*np.nonzero(indices >= 0))]
    if not entries:
        return AxisSampling(None, None, None, None)
    stride = _step([(o, t, v) for o, t, v in entries])
    dilation = _step([(t, o, v) for o, t, v in entries])
    if stride is None and dilation is not None:
        stride = _step([(o, 0, v - t * dilation) for o, t, v in entries])
    if dilation is None and stride is not None:
        dilation = _step([(t, 0, v - o * stride) for o, t, v in entries])

    if (stride is not None and stride < 1) or dilation == 0:
        return None  # no window stands still or walks backwards

    o, t, v = entries[0]
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


def _step(entries: list[tuple[int, int, int]]) -> int | None:
    """The change of the third number per step of the first, from two entries that share the second."""
    by_other: dict[int, tuple[int, int]] = {}
    for position, other, value in entries:
        if other in by_other and by_other[other][0] != position:
            first_position, first_value = by_other[other]
            return (value - first_value) // (position - first_position)  # where that is not whole, no map fits it
        by_other.setdefault(other, (position, value))
    return None
