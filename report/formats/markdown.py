"""A run as a summary in Markdown, for the page of a CI job. What others wrote is text there, never markup."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ...cases.text import printable, shape_text
from ..findings.report import Cluster, Report
from ..findings.words import port_line, word
from ..policy.failures import KINDS, beyond_divergences, counted
from ..results.file import Environment

SHOWN = 10  # findings, faults and notes
ENVIRONMENTS = 100
LIMIT = 2**20  # bytes that GitHub takes of one step
ROOM = 100  # bytes to say how many findings are not shown

# What Markdown, or GitHub's reading of it, would make something of: markup, and addresses that become links.
_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$@#]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_LINKED = "@#"  # a name or a number after these becomes a link even in finished HTML, unless something comes between


def write(report: Report, path: Path) -> None:
    """Write the summary. The file that GitHub gives a step for its summary is appended to, as others write it too."""
    step = os.environ.get("GITHUB_STEP_SUMMARY")
    shared = bool(step) and path.resolve() == Path(str(step)).resolve()
    used = path.stat().st_size if shared and path.exists() else 0
    with path.open("a" if shared else "w", encoding="utf-8", newline="\n") as file:
        file.write(summary(report, LIMIT - used))


def summary(report: Report, limit: int = LIMIT) -> str:
    """The headline, the worst findings, and the environments, in at most ``limit`` bytes; nothing where none fits."""
    faults = [f"**Error:** {plain(message, 700)}" for _, message in report.results.faults]
    notes = _listed([plain(note, 500) for note in report.notes], "notes")
    text = "\n".join([f"### {plain(report.headline)}", *notes, *_fails(report), "", ""])
    tail = "\n".join([*_beyond(report), *_environments(report), *_listed(faults, "faults"), ""])
    left = limit - len((text + tail).encode()) - ROOM
    if left < 0:
        return ""
    shown = 0
    for cluster, fails in report.findings[:SHOWN]:
        finding = "\n".join(_finding(report, cluster, fails)) + "\n"
        left -= len(finding.encode())
        if left < 0:
            break
        text += finding
        shown += 1
    if others := len(report.clusters) - shown:
        text += f"And {others} other finding{'s' if others > 1 else ''}.\n\n"
    return text + tail


def plain(text: str, limit: int = 600) -> str:
    """Text in Markdown, on one line: no markup, no link, no mention of anybody; no cell of a table ends in it."""

    def escape(found: re.Match[str]) -> str:
        return f"&#{ord(found[0])};" + ("&#8203;" if found[0] in _LINKED else "")

    return _MARKUP.sub(escape, printable(text, limit).strip())


def fenced(code: str, limit: int = 2000) -> str:
    """A line of code as a block, in a fence that the code cannot close."""
    line = printable(code, limit)
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", line)), 0)
    return f"{fence}python\n{line}\n{fence}"


def _fails(report: Report) -> Iterator[str]:
    """How much of which kind fails the run; that nothing does, where there is something that might have."""
    if report.failures:
        yield f"\n**Fails the run:** {counted(report.failures)}."
    elif report.divergences and not report.unreliable:
        yield "\nNothing here fails the run."
    if report.gate.words:
        yield f"\n{plain(report.gate.words)}"


def _beyond(report: Report) -> Iterator[str]:
    """What fails the run and is no finding."""
    told = beyond_divergences(report.failures)
    for kind in KINDS:
        found = [failure for failure in told if failure.kind == kind]
        lines = [f"**{failure.title.capitalize()}:** {plain(failure.sentence)}" for failure in found]
        yield from _listed(lines, "lines like these")
    yield from [""] if told else []


def _finding(report: Report, cluster: Cluster, fails: bool) -> Iterator[str]:
    divergence = cluster.example
    verdict = divergence.verdict
    others = len(cluster.cases) - 1
    labels = ", ".join(f"**{plain(label, 40)}**" for label in cluster.environments)
    more = f" and {others} more" if others else ""
    yield f"#### {word(cluster.verdict).capitalize()}: {plain(verdict.case.describe())}{more}\n"
    if not fails:
        waiver = report.waived.get((verdict.case.id, verdict.environment.label), "") if cluster.waived else ""
        yield f"Expected: {plain(waiver)}\n" if waiver else "Does not fail the run.\n"
    yield f"{labels}: {plain(verdict.reason)}\n"
    if divergence.silent:
        yield f"Every shape is {plain(shape_text(verdict.expected_shape))}.\n"
    if divergence.holds:
        yield plain(divergence.holds.text) + "\n"
    for alike in cluster.alike:
        label = f"{plain(alike.verdict.environment.label, 40)}: " if len(cluster.alike) > 1 else ""
        said = port_line(alike)
        source = alike.port.observation.source if alike.port else ""
        yield label + plain(said.removesuffix(f": {source}") if source else said) + "\n"
        if source:
            yield fenced(source) + "\n"


def _environments(report: Report) -> Iterator[str]:
    environments = report.environments
    if not environments:
        return
    diverge = [divergence.verdict.environment.label for divergence in report.divergences]
    waived = [label for _, label in report.waived]
    yield "| environment | versions | agree | diverge |" + (" waived |" if waived else "")
    yield "| --- | --- | --: | --: |" + (" --: |" if waived else "")
    observed = [v.environment.label for v in report.verdicts if v.spelling == "as written"]
    for environment in environments[:ENVIRONMENTS]:
        label = environment.label
        diverging, excused = diverge.count(label), waived.count(label)
        cells = [plain(label, 40), plain(_versions(environment), 200)]
        cells += [str(observed.count(label) - diverging), str(diverging - excused)] + [str(excused)] * bool(waived)
        yield "| " + " | ".join(cells) + " |"
    if len(environments) > ENVIRONMENTS:
        yield f"\nAnd {len(environments) - ENVIRONMENTS} other environments."


def _versions(environment: Environment) -> str:
    return ", ".join(f"{name} {version}" for name, version in environment.packages.items())


def _listed(lines: list[str], what: str) -> Iterator[str]:
    yield from (f"\n{line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"\nAnd {len(lines) - SHOWN} other {what}."
