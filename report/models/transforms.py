"""Changes of a value, channels first, by name; ``adapters/<framework>/writing.py`` writes the same ones as lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from .activations import FORMS


def turned(x: np.ndarray, name: str, numbers: Any) -> np.ndarray:
    """Return a value changed by the transform of this name."""
    if name == "scale":
        return np.asarray(x * numbers)
    if name == "affine":
        return np.asarray(x * numbers[0] + numbers[1])
    if name == "channels":
        return x[:, numbers]
    if name == "axes":
        return x.transpose(numbers)
    if name == "flip":
        return np.flip(x, numbers)
    if name == "flat":
        channels, pixels, last = numbers
        shaped = x.reshape(len(x), channels, pixels) if last else x.reshape(len(x), pixels, channels)
        return shaped.transpose(0, 2, 1).reshape(len(x), -1)
    if name == "softmax":
        return FORMS["softmax"](x.astype(np.float64), {"axis": -1})
    raise KeyError(name)
