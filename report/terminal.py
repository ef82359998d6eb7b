"""A run on the terminal: the findings as a table, the most dangerous first. All text is data, never markup."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..cases.text import printable
from .assessment import Cluster, Report
from .explanations import shape_text
from .words import port_line, word

SHOWN = 20  # findings; the HTML report has all
STYLES = {"shifted": "bold red", "values": "bold red", "inexpressible": "dim", "rejects": "yellow"}


def show(report: Report, console: Console) -> None:
    """Print the headline, the findings, and what a reader has to know of the run itself."""
    for note in report.notes:
        console.print(Text(printable(note, 500), style="yellow"), soft_wrap=True)
    console.print(Text(report.headline, style="bold"), soft_wrap=True)
    if report.clusters:
        console.print(findings(report.clusters[:SHOWN]))
    if len(report.clusters) > SHOWN:
        console.print(Text(f"and {len(report.clusters) - SHOWN} more findings; the HTML report has them all"))
    for _, message in report.results.faults:
        console.print(Text(f"harness fault: {printable(message, 700)}", style="red"), soft_wrap=True)


def findings(clusters: list[Cluster]) -> Table:
    """One row for each cluster."""
    table = Table(box=None, padding=(0, 2, 1, 0), show_header=False)
    table.add_column("verdict", no_wrap=True)
    table.add_column("what it does, and what to paste", overflow="fold", ratio=1)
    for cluster in clusters:
        name = word(cluster.verdict).upper()
        table.add_row(Text(name, style=STYLES.get(cluster.verdict, "bold")), _finding(cluster))
    return table


def _finding(cluster: Cluster) -> Text:
    divergence = cluster.example
    verdict = divergence.verdict
    others = len(cluster.cases) - 1
    labels = ", ".join(printable(label, 40) for label in cluster.environments)
    lines = Text()
    lines.append(labels, style="bold cyan")
    lines.append("  " + verdict.case.describe(), style="bold")
    lines.append(f"  and {others} more" if others else "")
    if divergence.silent:
        lines.append(f"  every shape is {shape_text(verdict.expected_shape)}")
    lines.append("\n" + printable(verdict.reason, 600))
    if divergence.holds:
        lines.append("\n" + divergence.holds.text)
    for alike in cluster.alike:
        label = printable(alike.verdict.environment.label, 40) + " " if len(cluster.alike) > 1 else ""
        lines.append(f"\n{label}{port_line(alike)}", style="green" if alike.ported else "")
    return lines
