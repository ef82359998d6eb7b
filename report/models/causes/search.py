"""Finds why a unit differs: the fewest changes with which the port's unit computes the same as the original's."""

from __future__ import annotations

import itertools

from ..differing import Differing, Fix
from . import activation, epsilon, pools, resize, weights, windows

MODULES = (epsilon, weights, windows, pools, activation, resize)
MOST = 2  # changes of one unit


def explain(pair: Differing) -> list[Fix]:
    """Return the changes that mend a unit; none if it is unexplained."""
    found = [fix for module in MODULES for fix in module.candidates(pair)]
    for many in range(1, MOST + 1):
        for fixes in itertools.combinations(found, many):
            if len({fix.kind for fix in fixes}) == many and pair.reproduced(list(fixes)):
                return list(fixes)
        found = _stated(pair, found)  # pairs of changes are tried among those that the settings state
    return []


def _stated(pair: Differing, fixes: list[Fix]) -> list[Fix]:
    ours = pair.original.settings
    return [
        fix for fix in fixes if fix.weights or all(ours.get(name, new) == new for name, new in fix.settings.items())
    ]
