"""The explanation of one layer: its formula worked out, and the result in each environment where it was run."""

from __future__ import annotations

from collections.abc import Sequence

from ...adapters.dressing import BARE, Dressing
from ...cases.case import Case
from ...cases.text import printable, shape_text
from ..display import notebook_html
from ..verdicts.formula import work_out
from ..verdicts.verdict import Verdict
from .predicted import lines as predictions
from .report import Report
from .told import divergence
from .words import word

# An expression is never evaluated, so the code that runs is not always the code that its author wrote.
SAID_ANEW = "Below, each framework is asked for this layer in its own words; the expression itself is not run."


class Explained:
    """The explanation of a layer, shown as text; in a notebook with the report of the run, if any, below it.

    Without a run, it says what each framework is predicted to do.
    """

    def __init__(
        self,
        case: Case,
        report: Report | None = None,
        asides: Sequence[str] = (),
        expression: bool = False,
        dressing: Dressing = BARE,
    ) -> None:
        """``asides`` are sentences about the framework in which the layer was written as an ``expression``."""
        self.case = case
        self.dressing = dressing
        self.report = report
        self.asides = [*asides, SAID_ANEW] if expression and report else asides

    def lines(self) -> list[str]:
        """Return the explanation, line by line."""
        below = self._environments() if self.report else predictions(self.case, self.dressing)
        return [*work_out(self.case), *self.asides, *below]

    def _environments(self) -> list[str]:
        assert self.report is not None
        lines: list[str] = []
        for environment in self.report.environments:
            if verdict := self.report.verdict(self.case, environment):
                lines += ["", *row_lines(self.report, verdict)]
        lines += [f"error: {printable(message, 700)}" for _, message in self.report.results.faults]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return "\n".join(printable(line, 1000) for line in self.lines())

    def _repr_html_(self) -> str | None:
        return notebook_html(self)


def row_lines(report: Report, verdict: Verdict) -> list[str]:
    """Return the result of a layer as written in an environment; where it diverges, also the reason and the port."""
    did = "" if verdict.shape is None else shape_text(verdict.shape)
    label = f"{printable(verdict.environment.label, 40)} {verdict.environment.shown_version}".rstrip()
    lines = [" ".join(filter(None, [label, did, word(verdict.verdict)]))]
    if verdict.observation.source:
        lines.append(f"  as written:  {verdict.observation.source}")
    if verdict.literal:
        lines.append(f"  literal:     {verdict.literal.line}")
    if verdict.unforeseen:
        lines.append(f"  unforeseen: {verdict.unforeseen}")
    one = report.divergence(verdict)
    if one is None:
        return lines
    told = divergence(one)
    lines.append(f"  {printable(told.why, 600)}")
    if told.sizes:
        lines.append(f"  {told.sizes}")
    return [*lines, *(f"  {port.line}" for port in told.ports)]
