"""The comparison of two models: the differences, their causes, the lines that mend them, and the remaining ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...cases.text import count
from . import told
from .finding import Finding, Layer, number


@dataclass(frozen=True)
class Carried:
    """The number of the port's layers into which the original's weights were copied, and the layers that do not fit."""

    layers: int
    left_out: list[str]

    def __str__(self) -> str:
        said = f"the original's weights were copied into {count(self.layers, 'layer')} of the port first"
        return said + (f", not into {told.names(self.left_out)}, where they do not fit" if self.left_out else "")


@dataclass
class ComparedModels:
    """Two models on one input: ``differ`` in the port's order.

    ``harmless`` are those that only other values of the input show, and ``sizes`` those that only another size shows.
    """

    original: str
    port: str
    layers: list[Layer]
    differ: list[Finding] = field(default_factory=list)
    harmless: list[Finding] = field(default_factory=list)
    sizes: list[Finding] = field(default_factory=list)
    unpaired: list[dict[str, str]] = field(default_factory=list)
    later: list[dict[str, Any]] = field(default_factory=list)
    left: int = 0  # findings that are left after mending
    before: float = 0.0  # the largest difference of the outputs, and after mending
    after: float = 0.0
    carried: Carried | None = None

    @property
    def notes(self) -> list[str]:
        """The sentences that a reader has to know before believing it."""
        return [str(self.carried)] if self.carried else []

    @property
    def same(self) -> bool:
        """Whether no layer differs."""
        return not self.differ

    @property
    def headline(self) -> str:
        """The number of layers that differ, and the kinds of causes, in one sentence."""
        layers = count(len(self.layers), "layer")
        if self.same:
            return f"none of {layers} differs by itself; the outputs are {told.apart(self.before)}"
        kinds = Counter(finding.kind for finding in self.differ)
        if len(self.differ) == 1:
            return f"1 of {layers} differs by itself: {self.differ[0].kind}"
        causes = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
        return f"{len(self.differ)} of {layers} differ by themselves: {causes}"

    @property
    def outcome(self) -> str:
        """The difference of the outputs, and that of a run with the lines to write; empty if nothing differs."""
        if self.same:
            return ""
        again = f"; with the lines to write, run again: {count(self.left, 'layer')} left, {told.apart(self.after)}"
        written = any(finding.write for finding in self.differ)
        return f"outputs: {told.apart(self.before)}" + (again if written else "")

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as ``--json`` writes it."""
        carried = self.carried
        return {
            "format": 1,
            "layers": len(self.layers),
            "differ": [finding.to_json() for finding in self.differ],
            "harmless": [finding.to_json() for finding in self.harmless],
            "sizes": [finding.to_json() for finding in self.sizes],
            "unpaired": self.unpaired,
            "later": self.later,
            "carried": {"layers": carried.layers, "left_out": carried.left_out} if carried else None,
            "after": {"differ": self.left, "largest": number(self.after)},
        }

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterable[str]:
        """Yield the comparison as text, the first difference first."""
        yield self.headline
        yield from self.notes
        for findings in told.grouped(self.differ):
            yield from told.group(findings)
        others = {"harmless on this input, but not on every input": self.harmless}
        others["agrees on this size of input, but not on every size"] = self.sizes
        for heading, found in others.items():
            if found:
                yield ""
                yield f"{heading}:"
            for findings in told.grouped(found):
                yield from told.group(findings, measured=False)
        if self.outcome:
            yield ""
            yield self.outcome
        if self.later:
            yield ""
            yield "agrees now, will train differently:"
            yield from (f"  {cause}: {told.names(paths)}" for cause, paths in told.later(self.later).items())
        if self.unpaired:
            yield ""
            yield from told.unpaired(self.unpaired)
