"""A unit of the port that differs by itself from the original's, and a way to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import numbers
from .folding import folded, more_magnitudes
from .units import Unit


@dataclass
class Fix:
    """A change of a unit, as settings and weights, and the mistake that it mends.

    ``weights`` are all the weights of the unit that it changes. ``turn`` is a change of the unit's input, as the name
    of a transform and its numbers (``transforms.py``).
    """

    kind: str
    cause: str
    settings: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    turn: tuple[str, Any] | None = None
    of: str = ""  # the other layer of the original whose weights the port's has


@dataclass
class Differing:
    """A pair with the output of each on the original's activations, channels first."""

    original: Unit
    port: Unit
    xs: list[np.ndarray]
    y: np.ndarray  # of the original
    got: np.ndarray  # of the port, on the same xs
    ours: Mapping[str, np.ndarray]  # the original's weights, in the port's order
    theirs: Mapping[str, np.ndarray]
    others: Mapping[bytes, str] = field(default_factory=dict)  # other layers of the original, by digests of weights

    def allowed(self) -> np.ndarray:
        """Return how far rounding explains a difference from ``y``."""
        found = numbers.bound(self.original.kind, self.original.settings, self.ours, self.xs, self.y)
        for unit in (self.original, self.port):
            if unit.norm:
                more = more_magnitudes(unit).reshape((1, -1) + (1,) * (self.y.ndim - 2))
                terms = numbers.terms(unit.kind, self.ours, self.xs, self.original.settings) + 2
                found = found + terms * numbers.SPACING.get(self.y.dtype.name, 2.0**-23) * more
        return found

    def settings(self, fixes: list[Fix]) -> dict[str, Any]:
        """Return the port's settings with fixes."""
        settings = dict(self.port.settings)
        for fix in fixes:
            settings.update(fix.settings)
        return settings

    def weights(self, fixes: list[Fix]) -> dict[str, np.ndarray]:
        """Return the port's weights with fixes."""
        weights = dict(self.theirs)
        epsilon = self.settings(fixes).get("epsilon")
        if self.port.norm and self.port.before_norm and epsilon is not None:
            weights = folded(self.port.before_norm, self.port.norm, epsilon)
        for fix in fixes:
            weights.update(fix.weights)
        return weights

    def reproduced(self, fixes: list[Fix]) -> bool:
        """Return whether the port with fixes computes the same as the original, by NumPy."""
        settings = self.settings(fixes)
        settings.setdefault("size", list(self.y.shape[2:]))
        try:
            found = numbers.evaluate(self.port.kind, settings, self.weights(fixes), self.xs)
        except (numbers.NotEvaluated, ValueError, KeyError, IndexError):
            return False
        return numbers.agree(self.y, found.astype(np.float64), 2 * self.allowed())
