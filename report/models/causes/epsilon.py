"""The epsilon of a normalisation, by least squares from the original's input and output."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..differing import Differing, Fix
from ..folding import folded
from ..units import Unit

USUAL = (1e-3, 1e-5, 1e-4, 1e-6, 2e-5, 1e-12, 0.0)  # the defaults of frameworks and of well-known networks
NEAR = 1e-5  # the relative error that rounding leaves in a folded kernel


def candidates(pair: Differing) -> Iterator[Fix]:
    """Yield the epsilon that the original's numbers have, as its settings state it if these agree."""
    if pair.port.norm and pair.port.before_norm:
        yield from _folded(pair, pair.port.before_norm, pair.port.norm)
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
    """Yield the usual epsilon with which a batch norm, folded, makes the original's kernel."""
    mine = norm.settings["epsilon"]
    for epsilon in USUAL:
        kernel = folded(unit, norm, epsilon)["kernel"]
        if (
            epsilon != mine
            and kernel.shape == pair.ours["kernel"].shape
            and np.allclose(kernel, pair.ours["kernel"], rtol=NEAR, atol=0)
        ):
            told = f"has epsilon {mine:g} in its batch norm where the original has {epsilon:g} folded"
            yield Fix("epsilon", told, {"epsilon": epsilon})


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
