"""A run on the terminal: a table of findings, the most dangerous first. All text is data, never markup."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from ...cases.text import count, printable
from ..findings.code import broken
from ..findings.news import news
from ..findings.report import Cluster, Report
from ..findings.told import Told, finding
from ..findings.words import word
from ..policy.expectations import Checked
from ..policy.gate import Disagreement
from ..verdicts.verdict import Verdict
from . import FINDINGS, Detail

SHOWN = 20  # findings; the HTML report has them all
PORTS = 4  # of a finding, unless all are asked for
IDS = 8  # of the layers of a finding, or of a port
NARROWEST = 20  # columns; text is not wrapped to fewer
STYLES = {"shifted": "bold red", "values": "bold red", "inexpressible": "dim", "rejects": "yellow"}


def show(report: Report, console: Console, detail: Detail = FINDINGS) -> None:
    """Print the notes on the run, the headline, the findings, and the other failures of the run."""
    if not detail.quiet:
        _show_all(report, console, detail)
    else:
        _show_headline(report, console)
    for _, message in report.results.faults:
        console.print(Text(f"error: {printable(message, 700)}", style="red"), soft_wrap=True)


def _show_all(report: Report, console: Console, detail: Detail) -> None:
    for note in report.notes:
        console.print(Text(printable(note, 500), style="yellow"), soft_wrap=True)
    _show_headline(report, console)
    for sentence in report.summary:
        console.print(Text(printable(sentence, 500)), soft_wrap=True)
    clusters = [cluster for cluster in report.clusters if detail.waived or not cluster.waived]
    most = len(clusters) if detail.all else SHOWN
    if clusters:
        _show_findings(clusters[:most], console, detail)
    if len(clusters) > most:
        more = count(len(clusters) - most, "more finding")
        console.print(Text(f"and {more}; -v and the HTML report have them all"))
    if report.expected:
        _show_expected(report.expected, console)
        _show_ports([v for v in report.unexpected if v.spelling == "port"], console)
    if detail.all:
        _show_environments(report, console)
    if expected := report.held.expected_disagreements:
        console.print(Text(f"the environments disagree as expected on {count(expected, 'layer')}"), soft_wrap=True)
    if report.gate.agree:
        _show_disagreements(report.disagreements, console)
    for line in report.broken[:SHOWN]:
        console.print(Text(f"NOT AS LOCKED  {line}", style="bold red"), soft_wrap=True)
    if len(report.broken) > SHOWN:
        console.print(Text(f"and {len(report.broken) - SHOWN} more lines that are not as locked"))
    if report.gate.words:
        console.print(Text(printable(report.gate.words, 500)), soft_wrap=True)


def _show_headline(report: Report, console: Console) -> None:
    """Print the news, if a policy judges the run, and the headline."""
    for line in filter(None, [news(report), report.headline]):
        console.print(Text(line, style="bold"), soft_wrap=True)


def _show_environments(report: Report, console: Console) -> None:
    """Print the packages and the Python of each environment, and where it was found."""
    for environment in report.environments:
        packages = ", ".join(f"{name} {version}" for name, version in environment.packages.items())
        details = [environment.basis, packages]
        details += [f"{name} {environment.details[name]}" for name in ("python",) if name in environment.details]
        details += [f"from {environment.details['origin']}"] if "origin" in environment.details else []
        line = f"{printable(environment.label, 40)}: {printable(', '.join(details), 300)}"
        console.print(Text(line, style="dim"), soft_wrap=True)


def _show_expected(expected: Checked, console: Console) -> None:
    """Print how much was expected, then the expectations that do not hold."""
    if expected.headline:
        console.print(Text(expected.headline), soft_wrap=True)
    for lines, style in ((expected.failures, "red"), (expected.notes, "yellow")):
        for line in lines[:SHOWN]:
            console.print(Text(line, style=style), soft_wrap=True)
        if len(lines) > SHOWN:
            console.print(Text(f"and {len(lines) - SHOWN} more lines like these", style=style))


def _show_ports(ports: list[Verdict], console: Console) -> None:
    """Print the ports that do not agree, which no finding shows where the layer as written is expected to diverge."""
    for port in ports[:SHOWN]:
        where = f"{printable(port.environment.label, 40)}  {port.case.describe()}"
        line = Text("PORT  ", style="bold red").append(where, style="bold")
        console.print(line.append(f"\n{word(port.verdict)}: {printable(port.reason, 600)}"), soft_wrap=True)
    if len(ports) > SHOWN:
        console.print(Text(f"and {len(ports) - SHOWN} more ports that do not agree"))


def _show_disagreements(disagreements: list[Disagreement], console: Console) -> None:
    """Print each way in which environments that have to agree disagree."""
    for disagreement in disagreements[:SHOWN]:
        case, others = disagreement.cases[0], len(disagreement.cases) - 1
        line = Text("DISAGREE  ", style="bold red")
        line.append(f"{printable(case.id, 80)}  {case.describe()}", style="bold")
        line.append(f"  and {others} more" if others else "").append(f"\n          {disagreement.words}")
        console.print(line, soft_wrap=True)
    if len(disagreements) > SHOWN:
        console.print(Text(f"and {len(disagreements) - SHOWN} more disagreements"))


def _show_findings(clusters: list[Cluster], console: Console, detail: Detail) -> None:
    """Print each cluster beside its verdict. Text is wrapped only on a terminal, and code never."""
    names = [word(cluster.verdict).upper() + (" (expected)" if cluster.waived else "") for cluster in clusters]
    indent = max(map(len, names)) + 2
    room = max(console.width - indent, NARROWEST) if console.file.isatty() else None
    for name, cluster in zip(names, clusters, strict=True):
        lead = Text().append(name, style=STYLES.get(cluster.verdict, "bold")).append(" " * (indent - len(name)))
        for line, code in _finding(finding(cluster), detail):
            for part in [line] if room is None or code else line.wrap(console, room, overflow="fold"):
                part.rstrip()
                console.print(lead + part, soft_wrap=True)
                lead = Text(" " * indent)
        console.print()


def _finding(told: Told, detail: Detail) -> Iterator[tuple[Text, bool]]:
    """Yield the lines of a finding, each with whether it contains code, which people copy."""
    lead = Text().append(", ".join(told.labels), style="bold cyan").append("  " + told.layer, style="bold")
    lead.append(f"  and {told.others} more" if told.others else "")
    lead.append(f"  every shape is {told.every_shape}" if told.every_shape else "")
    yield lead, False
    most = len(told.ids) if detail.ports else IDS
    yield Text(f"{'ids' if told.others else 'id'}: {told.named(most)}"), False
    yield Text(printable(told.why, 600)), False
    if told.sizes:
        yield Text(told.sizes), False
    for name, code in told.lines():
        for line in broken(code, f"{name}: "):
            yield Text(line), True
    ports = told.ports if detail.ports else told.ports[:PORTS]
    for port in ports:
        whose = told.whose(port, most)
        for line in port.lines(f"{whose}: " if whose else ""):
            yield Text(line, style="green" if port.agrees else ""), bool(port.source)
    if len(told.ports) > len(ports):
        yield Text(f"and {count(len(told.ports) - len(ports), 'more port')}; --ports shows them"), False
