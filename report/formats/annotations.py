"""The annotations of a run on GitHub Actions, as workflow commands to the runner of the job."""

from __future__ import annotations

from collections.abc import Iterator

from ...cases.text import count, printable
from ..findings.report import Cluster, Report
from ..findings.told import Told, finding
from ..policy.failures import KINDS, Failure, beyond_divergences, counted

SHOWN = 10  # GitHub keeps this many annotations of a step
IDS = 5  # of the layers of a finding, or of a port
PORTS = 3  # of a finding; GitHub keeps 64 KB of a message
SHARE = 2  # annotations for each kind of failure that is not a divergence
# These divergences do not go unnoticed, since the framework itself reports them; they are warnings.
WARNINGS = ("inexpressible", "rejects", "misdeclares")


def commands(report: Report, show_waived: bool = False) -> list[str]:
    """Return at most ten commands that annotate the job: faults of the run, its failures, then the rest.

    Failures that are not divergences, such as a broken lock, have room beside any number of findings. A run that fails
    has an error, and a run that passes has none. Findings that are expected are notices, or one notice of their number.
    """
    faults = [_command("error", "error", message) for _, message in report.results.faults]
    told = beyond_divergences(report.failures)
    beyond = [line for kind in KINDS for line in _beyond([failure for failure in told if failure.kind == kind])]
    waived = [cluster for cluster in report.clusters if cluster.waived]
    findings = [(cluster, fails) for cluster, fails in report.findings if not cluster.waived][:SHOWN]
    failing = [_finding(report, cluster, True) for cluster, fails in findings if fails]
    others = [_finding(report, cluster, False) for cluster, fails in findings if not fails]
    notes = [_command("warning", "note", note) for note in report.notes]
    room = max(SHOWN - len(faults) - len(beyond), 0)
    lines = [*faults, *failing[:room], *beyond, *others, *notes]
    if waived:
        shown = [_finding(report, cluster, False) for cluster in waived] if show_waived else []
        lines = [*lines[: SHOWN - 1], _expected(report), *shown]
    if report.failures and not any(line.startswith("::error ") for line in lines[:SHOWN]):
        lines = [_command("error", "this run fails", counted(report.failures)), *lines]
    return lines[:SHOWN]


def _beyond(failures: list[Failure]) -> Iterator[str]:
    """Yield commands for the first failures of one kind, and the number of further ones."""
    more = len(failures) - SHARE
    for number, failure in enumerate(failures[:SHARE], 1):
        counted = f", and {more} more" if number == SHARE and more > 0 else ""
        yield _command("error", f"{failure.title}{counted}", failure.sentence)


def _finding(report: Report, cluster: Cluster, fails: bool) -> str:
    told = finding(cluster)
    more = f" and {told.others} more" if told.others else ""
    title = f"{told.verdict} in {', '.join(told.labels)}: {told.layer}{more}"
    example = cluster.example.verdict
    waiver = report.waived.get((example.case.id, example.environment.label), "") if cluster.waived else ""
    lead = "" if fails else "expected: " if cluster.waived else "does not fail this run: "
    if waiver and waiver != told.why:
        lead = f"expected, {waiver}: "
    level = "notice" if cluster.waived else "error" if fails and cluster.verdict not in WARNINGS else "warning"
    return _command(level, title, f"{lead}{told.why} [{told.named(IDS)}]", *_ports(told))


def _ports(told: Told) -> Iterator[str]:
    """Yield a line for each of the first ports of a finding, and the number of further ones."""
    for port in told.ports[:PORTS]:
        whose = told.whose(port, IDS)
        yield (f"{whose}: " if whose else "") + port.line
    if len(told.ports) > PORTS:
        yield f"and {count(len(told.ports) - PORTS, 'more port')}; --ports shows them in the log"


def _expected(report: Report) -> str:
    """Return the one notice of how much is expected."""
    expected = report.expected.headline if report.expected else ""
    return _command("notice", "expected", f"{expected}; --show-waived lists them")


def _command(level: str, title: str, *lines: str) -> str:
    message = "%0A".join(_escaped(line, 1000) for line in lines)
    return f"::{level} title={_escaped(title, 200, ':,')}::{message}"


def _escaped(text: str, limit: int, more: str = "") -> str:
    """Return text escaped for a command; printable text has no line ends, and ``%`` would begin an escape."""
    escaped = printable(text, limit).replace("%", "%25")
    for character in more:
        escaped = escaped.replace(character, f"%{ord(character):02X}")
    return escaped
