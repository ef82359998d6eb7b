"""What a job on GitHub Actions is told of a run, as commands to the program that runs the job."""

from __future__ import annotations

from ..cases.text import printable
from .assessment import Cluster, Report
from .words import word

SHOWN = 10  # annotations that GitHub keeps of a step
# Those that fail aloud, where the framework has no words or says so itself, are warnings.
WARNINGS = ("inexpressible", "rejects", "misdeclares")


def commands(report: Report) -> list[str]:
    """Commands that annotate the job: what is wrong with the run itself, then the worst findings, ten in all."""
    lines = [_command("error", "harness fault", message) for _, message in report.results.faults]
    lines += [_finding(report, cluster) for cluster in report.clusters[:SHOWN]]
    lines += [_command("warning", "note", note) for note in report.notes]
    return lines[:SHOWN]


def _finding(report: Report, cluster: Cluster) -> str:
    verdict = cluster.example.verdict
    others = len(cluster.cases) - 1
    labels = ", ".join(printable(label, 40) for label in cluster.environments)
    title = f"{word(cluster.verdict)} in {labels}: {verdict.case.describe()}" + (
        f" and {others} more" if others else ""
    )
    waivers = [report.waived.get((d.verdict.case.id, d.verdict.environment.label)) for d in cluster.divergences]
    waived = all(reason is not None for reason in waivers)
    message = f"waived, {waivers[0]}: {verdict.reason}" if waived else verdict.reason
    level = "warning" if waived or cluster.verdict in WARNINGS else "error"
    return _command(level, title, message)


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_escaped(title, 200, ':,')}::{_escaped(message, 1000)}"


def _escaped(text: str, limit: int, more: str = "") -> str:
    """Text as a command holds it; the printable has no line ends, and ``%`` would begin an escape."""
    escaped = printable(text, limit).replace("%", "%25")
    for character in more:
        escaped = escaped.replace(character, f"%{ord(character):02X}")
    return escaped
