"""What fills a model with the weights of another one: each framework's ``filling.py`` does it for its own models.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .recording import Call

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Filled:
    """Weights for one call, in the layouts of a recording, beside those that the call has ``now``."""

    call: Call
    weights: Arrays
    now: Arrays


class Fills(Protocol):
    """The module ``filling.py`` of a framework."""

    def filled(self, adapter: Any, model: Any, given: list[Filled]) -> tuple[Any, list[int]]:
        """Return the model with other weights, and the numbers of the calls whose weights have no place in it.

        The model itself may be changed: it was made in this process for this comparison only.
        """


def kernel_last(array: np.ndarray) -> np.ndarray:
    """Return a kernel (out, in, *size) as (*size, in, out)."""
    return np.ascontiguousarray(np.moveaxis(array, (0, 1), (-1, -2)))
