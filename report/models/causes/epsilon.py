"""The epsilon of a normalisation, by least squares from the original's input and output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ....adapters.models.kinds import TRANSPOSED
from ..differing import Differing, Fix
from ..folding import folded
from ..units import Unit

USUAL = (1e-3, 1e-5, 1e-4, 1e-6, 2e-5, 1e-12, 0.0)  # the defaults of frameworks and of well-known networks
NEAR = 1e-5  # the error that rounding leaves in folded weights, as a fraction of the largest


def candidates(pair: Differing) -> Iterator[Fix]:
    """Yield the epsilon that the original's numbers have, as its settings state it if these agree."""
    if pair.port.norm and pair.port.before_norm:
        yield from _folded(pair, pair.port.before_norm, pair.port.norm)
        return
    if pair.original.norm and pair.original.before_norm:
        yield from _folded_otherwise(pair, pair.original.before_norm, pair.original.norm)
        return
    mine = pair.port.settings.get("epsilon")
    if mine is None:
        return
    stated = pair.original.settings.get("epsilon")
    found = [stated] if stated is not None and stated != mine else []
    if pair.port.kind == "batch_norm":
        found.append(_fitted(pair))
    for epsilon in found:
        if epsilon is not None and epsilon > 0:
            told = f"has epsilon {mine:g} where the original has {epsilon:g}"
            yield Fix("epsilon", told, {"epsilon": epsilon})


def _folded(pair: Differing, unit: Unit, norm: Unit) -> Iterator[Fix]:
    """Yield the epsilon with which the port's batch norm, folded, makes the original's kernel."""
    mine = norm.settings["epsilon"]
    epsilon = _that_makes(pair.ours, unit, norm)
    if epsilon is not None:
        told = f"has epsilon {mine:g} in its batch norm where the original has {epsilon:g} folded"
        yield Fix("epsilon", told, {"epsilon": epsilon})


def _folded_otherwise(pair: Differing, unit: Unit, norm: Unit) -> Iterator[Fix]:
    """Yield the original's folded weights, if with another epsilon they would be the port's."""
    mine = norm.settings["epsilon"]
    epsilon = _that_makes(pair.theirs, unit, norm)
    if epsilon is not None:
        told = f"has a batch norm folded with epsilon {epsilon:g} where the original has {mine:g}"
        yield Fix("epsilon", told, weights=dict(pair.ours))


def _that_makes(wanted: Mapping[str, np.ndarray], unit: Unit, norm: Unit) -> float | None:
    """Return the epsilon other than its own with which a folded batch norm makes some weights; None if none does."""
    kernel = unit.weights["kernel"]
    if wanted["kernel"].shape != kernel.shape:
        return None
    along, variance = (1 if unit.kind == TRANSPOSED else 0), norm.weights["variance"].astype(float)
    scale = norm.weights.get("scale", np.ones_like(variance)).astype(float)
    raw, made = (np.moveaxis(w.astype(float), along, 0).reshape(len(variance), -1) for w in (kernel, wanted["kernel"]))
    with np.errstate(all="ignore"):
        solved = (scale * (raw * raw).sum(1) / (raw * made).sum(1)) ** 2 - variance
    least = variance[np.isfinite(solved)].argmin() if np.isfinite(solved).any() else None
    fitted = [] if least is None else [float(f"{solved[np.isfinite(solved)][least]:.1e}")]  # it determines it best
    tried = [epsilon for epsilon in (*USUAL, *fitted) if epsilon >= 0 and epsilon != norm.settings["epsilon"]]
    apart = {epsilon: _apart(folded(unit, norm, epsilon), wanted) for epsilon in tried}
    best = min(apart, key=lambda epsilon: apart[epsilon])
    return best if apart[best] < min(NEAR, _apart(folded(unit, norm, norm.settings["epsilon"]), wanted)) else None


def _apart(made: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]) -> float:
    """Return how far weights are apart, as a fraction of the largest number of each."""
    zero = np.zeros_like(made["bias"])
    each = ((made[name].astype(np.float64), np.asarray(wanted.get(name, zero))) for name in made)
    return max(float(np.abs(one - other).max() / (np.abs(one).max() or 1)) for one, other in each)


def _fitted(pair: Differing) -> float | None:
    """Return the epsilon by least squares, to two digits; None if the numbers do not determine it."""
    x, y = (np.moveaxis(a.astype(np.float64), 1, 0).reshape(a.shape[1], -1) for a in (pair.xs[0], pair.y))
    weights = {name: np.asarray(w, np.float64)[:, None] for name, w in pair.ours.items()}
    a = (x - weights["mean"]) * weights.get("scale", 1.0)
    b = y - weights.get("shift", 0.0)
    with np.errstate(all="ignore"):
        slope = (a * b).sum(1) / (a * a).sum(1)  # 1 / sqrt(variance + epsilon)
        epsilons = 1 / slope**2 - weights["variance"][:, 0]
    # The smallest variance determines epsilon best.
    good = np.isfinite(epsilons)
    if not good.any():
        return None
    best = np.argsort(weights["variance"][:, 0][good])[: max(1, int(good.sum()) // 4)]
    return float(f"{np.median(epsilons[good][best]):.1e}")
