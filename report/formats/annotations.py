"""What a job on GitHub Actions is told of a run, as commands to the program that runs the job."""

from __future__ import annotations

from collections.abc import Iterator

from ...cases.text import printable
from ..findings.report import Cluster, Report
from ..findings.words import word
from ..policy.failures import KINDS, Failure, beyond_divergences, counted

SHOWN = 10  # annotations that GitHub keeps of a step
SHARE = 2  # of them for each kind of what fails a run and is no finding
# Those that fail aloud, where the framework has no words or says so itself, are warnings.
WARNINGS = ("inexpressible", "rejects", "misdeclares")


def commands(report: Report) -> list[str]:
    """Commands that annotate the job, ten in all: what is wrong with the run itself, what fails it, then the rest.

    For what fails it and is no finding, such as a broken lock, there is room beside any number of findings. A run that
    fails has an error, and one that passes has none.
    """
    faults = [_command("error", "error", message) for _, message in report.results.faults]
    told = beyond_divergences(report.failures)
    beyond = [line for kind in KINDS for line in _beyond([failure for failure in told if failure.kind == kind])]
    findings = report.findings[:SHOWN]
    failing = [_finding(report, cluster, True) for cluster, fails in findings if fails]
    others = [_finding(report, cluster, False) for cluster, fails in findings if not fails]
    notes = [_command("warning", "note", note) for note in report.notes]
    room = max(SHOWN - len(faults) - len(beyond), 0)
    lines = [*faults, *failing[:room], *beyond, *others, *notes]
    if report.failures and not any(line.startswith("::error ") for line in lines[:SHOWN]):
        lines = [_command("error", "this run fails", counted(report.failures)), *lines]
    return lines[:SHOWN]


def _beyond(failures: list[Failure]) -> Iterator[str]:
    """The first of those of one kind, and how many more there are."""
    more = len(failures) - SHARE
    for number, failure in enumerate(failures[:SHARE], 1):
        counted = f", and {more} more" if number == SHARE and more > 0 else ""
        yield _command("error", f"{failure.title}{counted}", failure.sentence)


def _finding(report: Report, cluster: Cluster, fails: bool) -> str:
    verdict = cluster.example.verdict
    others = len(cluster.cases) - 1
    labels = ", ".join(printable(label, 40) for label in cluster.environments)
    title = f"{word(cluster.verdict)} in {labels}: {verdict.case.describe()}" + (
        f" and {others} more" if others else ""
    )
    waivers = [report.waived.get((d.verdict.case.id, d.verdict.environment.label)) for d in cluster.divergences]
    waived = all(reason is not None for reason in waivers)
    lead = "" if fails else f"waived, {waivers[0]}: " if waived else "does not fail this run: "
    level = "error" if fails and cluster.verdict not in WARNINGS else "warning"
    return _command(level, title, lead + verdict.reason)


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_escaped(title, 200, ':,')}::{_escaped(message, 1000)}"


def _escaped(text: str, limit: int, more: str = "") -> str:
    """Text as a command holds it; the printable has no line ends, and ``%`` would begin an escape."""
    escaped = printable(text, limit).replace("%", "%25")
    for character in more:
        escaped = escaped.replace(character, f"%{ord(character):02X}")
    return escaped
