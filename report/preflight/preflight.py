"""The report of a model's layers in other frameworks, before a line of a port is written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from ...cases.text import printable
from ..findings.report import Report
from . import told
from .catalog import left_out, summary
from .layers import Layers
from .target import Target

FORMAT = 1


class Preflight(Report):
    """The report of a model's distinct layers, which says how far they lead a port of the whole model astray."""

    def __init__(self, layers: Layers, report: Report) -> None:
        super().__init__(report.run, report.policy)
        self.layers = layers

    @cached_property
    def targets(self) -> list[Target]:
        """The model in each environment."""
        return [Target(self.layers, self, environment) for environment in self.environments]

    @property
    def headline(self) -> str:
        """The largest number of layers that differ in an environment, in one sentence."""
        worst = max(self.targets, key=lambda target: len(target.rows), default=None)
        if worst is None:
            return super().headline
        where = f"{worst.environment.label} ({worst.environment.basis})"
        return f"{printable(self.layers.model, 100)} in {where}: {worst.headline}"

    @property
    def notes(self) -> list[str]:
        """The notes on the run, and the drift and the defaults in each environment."""
        said = [f"{target.environment.label}: {line}" for target in self.targets for line in told.details(target)]
        return [*super().notes, f"{self.layers.model}: {summary(self.layers)}", *left_out(self.layers), *said]

    def lines(self) -> Iterator[str]:
        """Yield the preflight as lines of text."""
        layers = self.layers
        sizes = ", ".join("x".join(map(str, layers.recording.canonical(v).shape)) for v in layers.recording.inputs)
        yield printable(f"{layers.model} on {sizes}: {summary(layers)}", 500)
        yield from (f"  {line}" for line in left_out(layers))
        for target in self.targets:
            yield ""
            yield from told.lines(target)
        for _, message in self.results.faults:
            yield f"error: {printable(message, 700)}"

    def to_json(self) -> dict[str, Any]:
        """Return the content that ``--json`` writes."""
        return {
            "format": FORMAT,
            "model": self.layers.model,
            "inputs": [list(self.layers.recording.canonical(v).shape) for v in self.layers.recording.inputs],
            "layers": len(self.layers.layers),
            "distinct": len(self.layers.distinct),
            "left_out": [one.to_json() for one in self.layers.left_out],
            "targets": [target.to_json() for target in self.targets],
        }
