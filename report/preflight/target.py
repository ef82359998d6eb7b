"""A model in one environment, its layers as people write them there: which read other pixels, and what to write."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...cases.arithmetic import AXIS_NAMES
from ...cases.operations.axis import Axis
from ...cases.text import count
from ..findings.report import Divergence, Report
from ..results.file import Environment
from ..verdicts.axis_difference import AxisDifference
from ..verdicts.computed import Comparison
from ..verdicts.explanations import differences
from ..verdicts.verdict import Verdict
from . import vanishing
from .centres import Centre, centre
from .drift import Befores, Drift, drift
from .layers import Layer, Layers
from .traps import Trap, traps


@dataclass(frozen=True)
class Row:
    """A layer of the model that is not the same layer in an environment; ``drift`` is that at its output, per axis."""

    layer: Layer
    divergence: Divergence
    drift: tuple[tuple[Any, Any], ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict of the line as written."""
        return self.divergence.verdict

    @property
    def write(self) -> str:
        """The line that agrees; empty where none is known to."""
        port = self.divergence.port
        return port.observation.source if port and port.verdict == "agrees" else ""

    @property
    def sizes(self) -> str:
        """The sizes of the layer's own input for which it holds; empty where they are not known."""
        return self.divergence.holds.text if self.divergence.holds else ""

    def to_json(self) -> dict[str, Any]:
        """Return the row as ``--json`` writes it."""
        axes = differences_of(self.verdict)
        return {
            "path": self.layer.path,
            "case": self.layer.case.id,
            "depth": self.layer.depth,
            "verdict": self.verdict.verdict,
            "source": self.verdict.observation.source or None,
            "write": self.write or None,
            "shift": {axis.name: axis.shift for axis in axes},
            "drift": [[float(least), float(most)] for least, most in self.drift],
            "sizes": self.sizes or None,
            "reason": self.verdict.reason,
        }


@dataclass(frozen=True)
class Target:
    """The model in one environment of a report."""

    layers: Layers
    report: Report
    environment: Environment

    @cached_property
    def by_case(self) -> dict[str, Divergence]:
        """The divergences of the distinct layers, by case id."""
        found = (d for d in self.report.divergences if d.verdict.environment.label == self.environment.label)
        return {one.verdict.case.id: one for one in found if one.verdict.verdict != "agrees"}

    @cached_property
    def drift(self) -> Drift:
        """The drift of the windows if all layers are written as people write them."""
        return drift(self.layers, {id: _befores(d.verdict) for id, d in self.by_case.items()})

    @cached_property
    def rows(self) -> list[Row]:
        """The layers that differ, in the order of the model."""
        return [
            Row(layer, self.by_case[layer.case.id], self.drift.at_layer(number))
            for number, layer in enumerate(self.layers.layers)
            if layer.case.id in self.by_case
        ]

    @cached_property
    def traps(self) -> list[Trap]:
        """The settings that are not the framework's defaults."""
        return traps(self.layers.recording, self.environment.adapter)

    @cached_property
    def centre(self) -> Centre | None:
        """The centres that the model's output reads, in the original and in the port; None where it is unknown."""
        return centre(self.layers, self.drift)

    @cached_property
    def vanishes(self) -> str:
        """The sizes of the model's input at which no layer differs, as a sentence; empty where nothing is known."""
        if not any(row.verdict.verdict in ("shifted", "shape") for row in self.rows):
            return ""
        said = vanishing.sentence(self.layers, self.environment.adapter)
        return said if self.environment.basis == "predicted" or not said else f"{said[:-1]} (predicted)."

    @property
    def _verdicts(self) -> list[str]:
        return [row.verdict.verdict for row in self.rows]

    @property
    def missing(self) -> int:
        """The number of layers of which nothing is known here."""
        known = {case.id for case in self.layers.cases if self.report.verdict(case, self.environment)}
        return sum(layer.case.id not in known for layer in self.layers.layers)

    @property
    def headline(self) -> str:
        """The number of layers that differ, in one sentence."""
        every, verdicts = len(self.layers.layers), self._verdicts
        silent = verdicts.count("shifted")
        lead = f"{silent} of {count(every, 'layer')}, written as people write them, silently"
        said = [f"{lead} {'reads' if silent == 1 else 'read'} other pixels"] if silent else []
        for verdict, words in WORDS.items():
            if number := verdicts.count(verdict):
                said.append(f"{number} {words[number > 1]}")
        if rest := len(verdicts) - silent - sum(verdicts.count(verdict) for verdict in WORDS):
            said.append(f"{rest} could not be compared")
        if not said and self.missing:
            return (
                f"No difference in {every - self.missing} of {count(every, 'layer')}; of the others, nothing is known."
            )
        if not said:
            return f"All {count(every, 'layer')}, written as people write them, are the same."
        loud = self.missing or set(verdicts) - {"shifted", "values", "unproven"}
        first = said[0] if silent else f"Of {count(every, 'layer')}, written as people write them, {said[0]}"
        return "; ".join([first, *said[1:], *([] if loud else ["every shape matches"])]) + "."

    def to_json(self) -> dict[str, Any]:
        """Return the environment as ``--json`` writes it."""
        verdicts = self._verdicts
        return {
            "environment": self.environment.label,
            "adapter": self.environment.adapter,
            "version": self.environment.version,
            "basis": self.environment.basis,
            "headline": self.headline,
            "differ": len(verdicts),
            "silent": verdicts.count("shifted"),
            "missing": self.missing,
            "layers": [row.to_json() for row in self.rows],
            "centre": self.centre and self.centre.to_json(),
            "vanishes": self.vanishes or None,
            "defaults": [trap.to_json() for trap in self.traps],
        }


WORDS = {  # of one layer, and of several
    "shape": ("has another shape", "have another shape"),
    "values": ("reads the right pixels and computes other numbers", "read the right pixels and compute other numbers"),
    "rejects": ("raises an error", "raise an error"),
    "inexpressible": ("cannot be written", "cannot be written"),
    "accepts": ("returns something where there is no answer", "return something where there is no answer"),
}


def differences_of(verdict: Verdict) -> tuple[AxisDifference, ...]:
    """Return the axes along which a line reads other elements, by arithmetic or by measurement."""
    foreseen = verdict.observation.prediction
    if isinstance(foreseen, Comparison):
        return foreseen.axes
    return differences(verdict.case, verdict.reference, verdict.observation)


def _befores(verdict: Verdict) -> Befores:
    """Return the pad before each axis of a line as written; None for an axis where it is unknown."""
    if verdict.verdict not in ("shifted", "shape", "values"):
        return (None,) * verdict.case.rank
    axes = verdict.reference.axes
    if not axes:
        return (None,) * verdict.case.rank
    found, names = {axis.name: axis for axis in differences_of(verdict)}, AXIS_NAMES[verdict.case.rank]
    return tuple(_before(found.get(name), asked) for name, asked in zip(names, axes, strict=True))


def _before(difference: AxisDifference | None, asked: Axis) -> int | None:
    if difference is None:
        return asked.before
    got = difference.got
    if got is None or got.stride not in (None, asked.stride) or got.dilation not in (None, asked.dilation):
        return None
    return None if difference.pads is None else difference.pads[0]
