"""The explanation of one layer: its formula worked out, and the result in each environment where it was run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...adapters.dressing import BARE, Dressing
from ...adapters.expression import Reading
from ...adapters.prediction import run_by
from ...adapters.registry import held
from ...cases.case import Case
from ...cases.text import printable, shape_text
from ..display import notebook_html
from ..verdicts.foresight import MODEL, parted
from ..verdicts.formula import work_out
from ..verdicts.verdict import Verdict
from .predicted import NOTHING, Below
from .predicted import lines as predictions
from .report import Report
from .told import divergence
from .words import word


@dataclass(frozen=True)
class Itself:
    """An expression as it was run: the line that was rebuilt from its parts, and its measurements.

    ``rows`` has one for each environment of its framework, compared with the case that was read; ``why`` says why there
    is none.
    """

    reading: Reading
    source: str = ""
    rows: tuple[Verdict, ...] = ()
    why: str = ""

    def lines(self) -> Iterator[str]:
        """Yield the results of the expression, environment by environment, and where the prediction differs."""
        yield ""
        if self.why:
            yield f"The expression itself was not run: {self.why}."
            return
        yield "The expression itself, rebuilt from its parts and never evaluated:"
        yield f"  {self.source}"
        for row in self.rows:
            seen = row.observation
            model = MODEL.format(held(row.environment.adapter))
            reading = run_by(row.environment.adapter, self.reading)
            other = parted(row.case, reading, row.verdict, seen, model)
            did = "" if row.shape is None else f" {shape_text(row.shape)}"
            if seen.outcome != "ran":
                did = f" {'raises' if seen.outcome == 'raised' else seen.outcome} {printable(seen.error, 300)}".rstrip()
            yield f"  {_name(row)}{did}{f'; unforeseen: {other}' if other else ', as predicted'}"


class Explained:
    """The explanation of a layer, shown as text; in a notebook with the report of the run, if any, below it.

    Without a run, it says what each framework is predicted to do.
    """

    def __init__(
        self,
        case: Case,
        report: Report | None = None,
        asides: Sequence[str] = (),
        itself: Itself | None = None,
        dressing: Dressing = BARE,
        below: Below = NOTHING,
        lead: Sequence[str] = (),
    ) -> None:
        """``asides`` are sentences about the framework in which the layer was written as an expression.

        ``dressing`` is all that it has beside the layer, and ``below`` has lines to show below each environment's, or
        where nothing was run each adapter's. ``lead`` are lines to show before everything.
        """
        self.case, self.report, self.asides, self.itself = case, report, asides, itself
        self.dressing, self.below, self.lead = dressing, below, lead

    def lines(self) -> list[str]:
        """Return the explanation, line by line."""
        below = self._environments() if self.report else predictions(self.case, self.dressing, below=self.below)
        itself = self.itself.lines() if self.itself else ()
        return [*self.lead, *work_out(self.case), *self.asides, *itself, *below]

    def _environments(self) -> list[str]:
        assert self.report is not None
        lines: list[str] = ["", "The same layer in each framework's own words:"] if self.itself else []
        for environment in self.report.environments:
            if verdict := self.report.verdict(self.case, environment):
                lines += ["", *row_lines(self.report, verdict), *self.below.get(environment.label, ())]
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
    lines = [" ".join(filter(None, [_name(verdict), did, word(verdict.verdict)]))]
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
    return [*lines, *(f"  {line}" for port in told.ports for line in port.lines())]


def _name(verdict: Verdict) -> str:
    """Return the label and version of a row's environment."""
    return f"{printable(verdict.environment.label, 40)} {verdict.environment.shown_version}".rstrip()
