"""What is new in a run that a policy judges: whether it passes, and what fails it, in one line."""

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
    parts = [f"{len(new)} new" if new else "nothing new"]
    if policy.expectations is None:
        parts = [f"{len(new)} of them fail this run" if new else "none of them fails this run"]
        parts.insert(0, f"{count(len(divergent), 'layer')} of {len(report.cases)} diverge")
    else:
        parts.append(f"{len(expected)} expected")
        if others := divergent - new - expected:
            parts.append(f"{count(len(others), 'other')} that may diverge")
        parts[-1] += f", of {count(len(report.cases), 'layer')}"
    if beyond := counted(beyond_divergences(report.failures)):
        parts.append(beyond)
    return f"{'FAILS' if report.failures else 'PASSES'}: {', '.join(parts)}."
