"""The lines that carry weights to the ports of a run, from every framework that people may have the weights in.

Nothing is run.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import fields

from ...adapters.carrying import Kernel, NotCarried, carry
from ...adapters.expression import Reading
from ...adapters.ported import read_spelled
from ...adapters.prediction import predict
from ...adapters.registry import NAMES, USUAL, folder, title
from ...cases.case import Case
from ...cases.operations import OPS
from ..verdicts.verdict import Verdict
from .to_write import kernel_of

SIZES = ("id", "input", "batch")  # of a case: no weights depend on them
MOST = 2000  # different ports; each takes a millisecond

Carried = tuple[tuple[str, str], ...]  # frameworks, such as "Keras, Flax", and the source of ``carry`` from them


class PortedWeights:
    """The lines for the ports of a report: each is worked out once, and the first MOST only."""

    def __init__(self) -> None:
        self._kernels: dict[Hashable, dict[str, Kernel]] = {}
        self._made: dict[Hashable, Carried] = {}

    def to(self, port: Verdict) -> Carried:
        """Return the lines that carry weights to a port; empty for a pool, and for an adapter or a line of a user's."""
        case, adapter, line = port.case, port.environment.adapter, port.observation.source
        if case.op not in OPS or case.pools or adapter not in NAMES:
            return ()
        key = _shape(case), adapter, line
        if key not in self._made and len(self._made) < MOST:
            reading = read_spelled(line, case)
            self._made[key] = self._carried(reading, case, adapter) if reading else ()
        return self._made.get(key, ())

    def _carried(self, port: Reading, case: Case, adapter: str) -> Carried:
        found: dict[str, list[str]] = {}
        for name, kernel in self._others(case).items():
            if folder(name) == folder(adapter):
                continue
            try:
                source = carry(kernel, kernel_of(port), bias=False)
            except NotCarried:
                continue
            found.setdefault(source, []).append(title(name))
        return tuple((", ".join(titles), source) for source, titles in found.items())

    def _others(self, case: Case) -> dict[str, Kernel]:
        """Return the kernel that each framework has for a case, in the line that people write there."""
        key = _shape(case)
        if key not in self._kernels:
            kernels: dict[str, Kernel] = {}
            for name in {folder(name): name for name in reversed(USUAL)}.values():  # one of Keras
                reading = predict(case, name).reading
                if reading and reading.layer and reading.layer.kernel_axes:
                    kernels[name] = kernel_of(reading)
            self._kernels[key] = dict(sorted(kernels.items(), key=lambda pair: NAMES.index(pair[0])))
        return self._kernels[key]


def _shape(case: Case) -> Hashable:
    """Return all of a case that its weights may depend on."""
    return tuple(getattr(case, field.name) for field in fields(case) if field.name not in SIZES)
