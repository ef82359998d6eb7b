"""A convolution together with the batch norm after it, as one unit, where the other model has the two folded."""

from __future__ import annotations

import numpy as np

from ...adapters.models.kinds import CONVOLUTIONS, TRANSPOSED
from .pairing import Pairs
from .units import Graph, Unit

FOLDED = {*CONVOLUTIONS, "dense"}


def fold(original: Graph, port: Graph, pairs: Pairs) -> Pairs:
    """Return pairs in which a batch norm that only one side has belongs to the convolution before it."""
    free = ({id(unit): unit for unit in pairs.only_original}, {id(unit): unit for unit in pairs.only_port})
    found = []
    for ours, theirs in pairs.pairs:
        before, after = _norm(original, ours, free[0]), _norm(port, theirs, free[1])
        if before and not after and not _reaches_norm(port, theirs):
            del free[0][id(before)]
            ours = _together(ours, before)
        elif after and not before and not _reaches_norm(original, ours):
            del free[1][id(after)]
            theirs = _together(theirs, after)
        found.append((ours, theirs))
    return Pairs(found, list(free[0].values()), list(free[1].values()))


def _norm(graph: Graph, unit: Unit, free: dict[int, Unit]) -> Unit | None:
    """Return the batch norm without a pair that alone reads the output of a unit."""
    if unit.kind not in FOLDED or graph.readers.get(unit.output) != 1:
        return None
    return next((n for n in free.values() if n.kind == "batch_norm" and n.inputs == (unit.output,)), None)


def _reaches_norm(graph: Graph, unit: Unit) -> bool:
    return any(other.kind == "batch_norm" and other.inputs == (unit.output,) for other in graph.units)


def _together(unit: Unit, norm: Unit) -> Unit:
    weights = folded(unit, norm, norm.settings["epsilon"])
    return Unit((*unit.calls, norm.call), unit.kind, unit.settings, unit.inputs, norm.output, weights, unit, norm)


def folded(unit: Unit, norm: Unit, epsilon: float) -> dict[str, np.ndarray]:
    """Return the weights of a convolution with a batch norm of some epsilon folded into it."""
    weights = {name: np.asarray(w, np.float64) for name, w in norm.weights.items()}
    kernel, slope = unit.weights["kernel"], by_filter(unit, norm, epsilon)
    shift = (unit.weights.get("bias", 0.0) - weights["mean"]) * slope.ravel() + weights.get("shift", 0.0)
    return {"kernel": (kernel * slope).astype(kernel.dtype), "bias": shift.astype(kernel.dtype)}


def by_filter(unit: Unit, norm: Unit, epsilon: float) -> np.ndarray:
    """Return the factor of each filter that a batch norm of some epsilon is, in the rank of the kernel."""
    variance = np.asarray(norm.weights["variance"], np.float64)
    slope = np.asarray(norm.weights.get("scale", 1.0), np.float64) / np.sqrt(variance + epsilon)
    along = 1 if unit.kind == TRANSPOSED else 0
    return slope.reshape([-1 if axis == along else 1 for axis in range(unit.weights["kernel"].ndim)])


def more_magnitudes(unit: Unit) -> np.ndarray:
    """Return the magnitudes that a batch norm by itself adds up beside the folded sums, for each channel."""
    assert unit.norm
    weights = {name: np.asarray(w, np.float64) for name, w in unit.norm.weights.items()}
    slope = np.abs(weights.get("scale", 1.0)) / np.sqrt(weights["variance"] + unit.norm.settings["epsilon"])
    return np.asarray(2 * np.abs(weights["mean"]) * slope + np.abs(weights.get("shift", 0.0)))
