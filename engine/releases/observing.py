"""Observes cases in each release of a package, and returns the history of what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..cases.case import Case
from ..report.findings.history import History
from ..report.findings.report import Report
from ..runs.execution import run_in
from ..runs.settings import Settings
from .series import Candidate


def observed(
    cases: Sequence[Case],
    candidates: Sequence[Candidate],
    package: str,
    settings: Settings,
    output: Path | None = None,
    strict: bool = False,
) -> History:
    """Return the history of the candidates, which are observed as written; each is made first if it is missing.

    One that cannot be made or started is in the history with its reason. ``strict`` is that of :class:`History`.
    """
    specs = [candidate.spec for candidate in candidates if candidate.spec]
    report = run_in(cases, specs, output, replace(settings, only_as_written=True))
    return History(report, package, [one.release(problem(report, one)) for one in candidates], strict)


def problem(report: Report, candidate: Candidate) -> str:
    """Return why a candidate was not observed in a run; empty if it was."""
    label = candidate.spec.label if candidate.spec else ""
    if label in report.results.environments:
        return ""
    return "; ".join(message for where, message in report.results.faults if where == label)
