"""One layer, explained: the formula worked out, and what each environment does with it where it was run."""

from __future__ import annotations

from collections.abc import Sequence

from ...cases.case import Case
from ...cases.text import printable, shape_text
from ..display import notebook_html
from ..verdicts.formula import work_out
from ..verdicts.verdict import Verdict
from .report import Report
from .words import port_line, word

# An expression is never evaluated, so that what runs is not always what its author wrote.
SAID_ANEW = "Below, each framework is asked for this layer in its own words; the expression itself is not run."


class Explained:
    """Prints as text; shows as text in a notebook, with the report of the run below where there was one."""

    def __init__(
        self, case: Case, report: Report | None = None, asides: Sequence[str] = (), expression: bool = False
    ) -> None:
        """``asides`` are sentences about the framework that the layer was written in, as an ``expression``."""
        self.case = case
        self.report = report
        self.asides = [*asides, SAID_ANEW] if expression and report else asides

    def lines(self) -> list[str]:
        """The explanation, line by line."""
        return [*work_out(self.case), *self.asides, *(self._environments() if self.report else [])]

    def _environments(self) -> list[str]:
        assert self.report is not None
        lines: list[str] = []
        for environment in self.report.environments:
            if verdict := self.report.verdict(self.case, environment):
                lines += ["", *told(self.report, verdict)]
        lines += [f"error: {printable(message, 700)}" for _, message in self.report.results.faults]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return "\n".join(printable(line, 1000) for line in self.lines())

    def _repr_html_(self) -> str | None:
        return notebook_html(self)


def told(report: Report, verdict: Verdict) -> list[str]:
    """What an environment did with a layer as written, and where that diverges, why and what to write instead."""
    did = "" if verdict.shape is None else shape_text(verdict.shape)
    label = f"{printable(verdict.environment.label, 40)} {verdict.environment.version}".rstrip()
    lines = [" ".join(filter(None, [label, did, word(verdict.verdict)]))]
    if verdict.observation.source:
        lines.append(f"  as written:  {verdict.observation.source}")
    divergence = report.divergence(verdict)
    if divergence is None:
        return lines
    lines.append(f"  {printable(verdict.reason, 600)}")
    if divergence.holds:
        lines.append(f"  {divergence.holds.text}")
    return [*lines, f"  {port_line(divergence)}"]
