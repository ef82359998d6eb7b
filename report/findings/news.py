"""The news of a run that a policy judges, in one line: whether it passes, and how many layers are new."""

from __future__ import annotations

from ...cases.text import count
from ..policy.failures import DEFAULT, DIVERGENCE, beyond_divergences, counted
from .report import Report


def news(report: Report) -> str:
    """Return whether a run passes, and how many layers are new, expected and tolerated; empty under no policy.

    Under no policy every divergence fails the run, which the headline of the report says.
    """
    policy = report.policy
    if (policy.gate, policy.expectations) == (DEFAULT.gate, DEFAULT.expectations) or report.unreliable:
        return ""
    new = {failure.case for failure in report.failures if failure.kind == DIVERGENCE}
    divergent = {divergence.verdict.case.id for divergence in report.divergences}
    expected = {id for id, _ in report.waived} - new
    others = divergent - new - expected
    layers = count(len(report.cases), "layer")
    if policy.expectations is None:
        parts = [f"{len(new)} of {layers} {'fails' if len(new) == 1 else 'fail'}"] if new else []
        parts += [f"{count(len(others), 'layer')} may diverge"] if others else []
        parts = parts or [f"nothing diverges in {layers}"]
    else:
        parts = [f"{len(new)} new" if new else "nothing new", f"{len(expected)} expected"]
        parts += [f"{len(others)} that may diverge"] if others else []
        parts.append(f"of {layers}")
    if beyond := counted(beyond_divergences(report.failures)):
        parts.append(beyond)
    return f"{'FAILS' if report.failures else 'PASSES'}: {', '.join(parts)}."
