"""Layers that agree on the given input, and would not on every input: both models' layers on numbers around zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..report.models import numbers
from ..report.models.causes import search
from ..report.models.checks import Check
from ..report.models.finding import Finding
from .explaining import Explaining, without_fix
from .jobs import Job
from .replayed import Replayed

SEED = 17


def harmless(replayed: Replayed, explaining: Explaining, alone: list[Check]) -> Iterator[Finding]:
    """Yield units that differ on other values than the original's, of those that agree on these."""
    if replayed.original_replayer is None:
        return
    others = [_other_values(replayed, check) for check in alone]
    jobs = []
    for check, values in zip(alone, others, strict=True):
        assert check.pair
        given = {v: replayed.original.laid_out(array, v, check.raw) for v, array in values.items()}
        given.update(replayed.original.repeated(check.pair[0].numbers, given))
        jobs.append(Job(check.pair[0].numbers, given, [check.expected]))
    expected = replayed.original_replayer.run(jobs)
    made = [(check, replayed.job(check, values=values)) for check, values in zip(alone, others, strict=True)]
    for (check, theirs), ours, values in zip(replayed.outputs(made), expected, others, strict=True):
        if isinstance(theirs, str) or isinstance(ours, str):
            continue
        y = replayed.original.from_framework(ours[check.expected], check.expected, check.raw)
        assert check.pair
        xs = [values[check.given[value]] for value in check.pair[1].inputs if value in check.given]
        if not replayed.agrees(check, y, theirs, xs):
            pair = replayed.pair(check, y, theirs, xs)
            fixes = search.explain(pair)
            kind, cause = (fixes[0].kind, "; and ".join(fix.cause for fix in fixes)) if fixes else without_fix(pair)
            yield explaining.finding(check, kind, cause, numbers.largest_difference(y, theirs))


def _other_values(replayed: Replayed, check: Check) -> dict[int, np.ndarray]:
    """Return numbers around zero, as large as the original's, for the inputs of a unit."""
    random = np.random.RandomState(SEED ^ check.expected)
    values = {}
    for mine in check.given.values():
        array = replayed.original.array(mine, check.raw)
        size = float(np.abs(array.astype(np.float64)).max(initial=0)) or 1.0
        values[mine] = (random.standard_normal(array.shape) * min(size, 1e3) / 2).astype(array.dtype)
    return values
