"""The pads, stride, dilation and direction with which a layer reads one axis of its input.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AxisSampling:
    """One axis: input index = output*stride - before + tap*dilation, with mirrored taps if ``flipped``.

    ``after`` is the interval of trailing pads that give the same outputs; negative pads are input that no window
    reaches. Its upper end is None if the stride is unknown. A field is None if the map does not determine it. ``mode``
    is the padding mode. In a transposed convolution, output index = input*stride - before + tap*dilation, and
    ``before`` and ``after`` are crops: output padding is a negative crop at the far end.
    """

    before: int | None
    after: tuple[int, int | None] | None
    stride: int | None
    dilation: int | None
    flipped: bool = False
    mode: str = "zeros"

    def pads(self, asked: tuple[int, int]) -> tuple[int, int] | None:
        """Return the pads (before, after), or the crops of a transposed convolution; None if they are unknown.

        Of the possible trailing pads, this returns the one nearest 0, unless the requested one is among them and the
        leading pad is as requested too.
        """
        if self.before is None or self.after is None:
            return None
        low, high = self.after
        if self.before == asked[0] and low <= asked[1] and (high is None or asked[1] <= high):
            return asked
        nearest = low if low == high else max(low, 0)
        return self.before, nearest if high is None else min(nearest, high)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a JSON object, with ``after`` as a list."""
        return {
            "before": self.before,
            "after": None if self.after is None else list(self.after),
            "stride": self.stride,
            "dilation": self.dilation,
            "flipped": self.flipped,
            "mode": self.mode,
        }
