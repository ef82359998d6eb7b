"""The port's calls, made on the original's values, and whether what comes out agrees with the original."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..adapters.models.recording import Recording
from ..report.models import numbers
from ..report.models.causes.weights import digest
from ..report.models.checks import Check, weights_of
from ..report.models.differing import Differing
from ..report.models.finding import name_of
from ..report.models.units import Graph
from .jobs import Job, Replays
from .mending import Changes


@dataclass(frozen=True)
class Side:
    """A recorded model by its name; its calls can be made again if there is a replayer."""

    name: str
    recording: Recording
    replayer: Replays | None = None


class Replayed:
    """A port whose calls are made on the values of its original."""

    def __init__(self, original: Side, port: Side) -> None:
        assert port.replayer is not None
        self.original, self.port = Graph(original.recording), Graph(port.recording)
        self.replayer, self.original_replayer = port.replayer, original.replayer
        self.others = {
            digest(weight): name_of(unit)
            for unit in self.original.units
            for weight in weights_of(self.original, unit, False).values()
            if weight.ndim > 1
        }

    def job(self, check: Check, mended: Changes | None = None, values: Mapping[int, np.ndarray] | None = None) -> Job:
        """Return what the port is asked for a check, on the original's values or on others."""
        values = values or {mine: self.original.array(mine, check.raw) for mine in check.given.values()}
        given = {its: self.port.laid_out(values[mine], its, check.raw) for its, mine in check.given.items()}
        given.update(self.port.repeated(check.calls, given))
        return Job(check.calls, given, [check.wanted], mended or {})

    def outputs(self, jobs: list[tuple[Check, Job]]) -> Iterator[tuple[Check, np.ndarray | str]]:
        """Yield what the port makes of the original's values, channels first, or its error."""
        needed = [(check, job) for check, job in jobs if job.calls]
        replies = self.replayer.run(job for _, job in needed)
        for check, job in jobs:
            reply = next(replies) if job.calls else {check.wanted: job.given[check.wanted]}
            if isinstance(reply, str):
                yield check, reply
            else:
                yield check, self.port.from_framework(reply[check.wanted], check.wanted, check.raw)

    def expected(self, check: Check) -> np.ndarray:
        """Return the original's value that should come out."""
        return self.original.array(check.expected, check.raw)

    def recorded(self, check: Check) -> tuple[np.ndarray, np.ndarray]:
        """Return the values of both models as they were recorded, each after its own chain of layers."""
        return self.expected(check), self.port.array(check.wanted, check.raw)

    def pair(self, check: Check, y: np.ndarray, got: np.ndarray, xs: list[np.ndarray] | None = None) -> Differing:
        """Return a pair of layers with what each did on the original's values, or on others."""
        assert check.pair
        ours, theirs = check.pair
        xs = xs or [
            self.original.array(check.given[value], check.raw) for value in theirs.inputs if value in check.given
        ]
        mine, its = weights_of(self.original, ours, check.raw), weights_of(self.port, theirs, check.raw)
        return Differing(ours, theirs, xs, y, got, mine, its, self.others)

    def allowed(self, check: Check, y: np.ndarray, got: np.ndarray, xs: list[np.ndarray] | None = None) -> np.ndarray:
        """Return how far rounding explains a difference from ``y``, in the narrower of the two dtypes."""
        narrow = min(y.dtype, self.port.recording.array(check.wanted).dtype, key=lambda dtype: dtype.itemsize)
        narrowed = y.astype(narrow) if narrow.kind == "f" else y
        if check.is_way:
            return numbers.bound("way", {}, {}, [], narrowed)
        allowed = self.pair(check, narrowed, got, xs).allowed()
        if narrow == y.dtype:
            return allowed
        smallest = float(np.finfo(narrow).smallest_subnormal) if narrow.kind == "f" else 0.0  # smaller ones become 0
        return np.asarray(allowed + numbers.SPACING.get(narrow.name, 0.0) * np.abs(y) + smallest)  # and inputs rounded

    def agrees(self, check: Check, y: np.ndarray, got: np.ndarray, xs: list[np.ndarray] | None = None) -> bool:
        """Return whether two outputs are as near as rounding explains."""
        if y.shape == got.shape and np.array_equal(y, got):
            return True
        return numbers.agree(y, got, self.allowed(check, y, got, xs))
