"""A Markdown summary of a run, for the page of a CI job. Text from elsewhere is never interpreted as markup."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ...cases.text import count, printable
from .. import output_file
from ..findings.code import broken
from ..findings.news import news
from ..findings.report import Cluster, Report
from ..findings.told import Port, Told, finding
from ..policy.failures import KINDS, beyond_divergences, counted
from ..results.file import Environment
from . import FINDINGS, Detail

SHOWN = 10  # findings, faults and notes
ENVIRONMENTS = 100
IDS = 20  # of the layers of a finding, or of a port
PORTS = 20  # of a finding, besides those of its example
LIMIT = 2**20  # bytes that GitHub accepts from one step
ROOM = 100  # bytes for the number of findings that are not shown

# What Markdown, or GitHub's flavour of it, would interpret: markup, and addresses that become links.
_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$@#]|:(?=//)|(?i:(?<=www)\.|(?<=\bgh)-(?=[0-9]))|(?<=[A-Z])-(?=[0-9])")
# A name or number after these becomes a link even in finished HTML, unless something comes between: @name, #26, GH-26,
# and other prefixes that a repository defines, which are in capitals by convention.
_LINKED = "@#-"


def write(report: Report, path: Path, detail: Detail = FINDINGS) -> None:
    """Write the summary. It is appended to the file that GitHub provides for step summaries, which others share."""
    step = os.environ.get("GITHUB_STEP_SUMMARY")
    shared = bool(step) and path.resolve() == Path(str(step)).resolve()
    used = path.stat().st_size if shared and path.exists() else 0
    text = summary(report, LIMIT - used, detail.waived)
    if not shared:
        output_file.write(path, text.encode())
        return
    with output_file.appending(path) as file:
        file.write(text)


def summary(report: Report, limit: int = LIMIT, show_waived: bool = False) -> str:
    """Return the headline, worst findings and environments in at most ``limit`` bytes; empty where that is too few.

    Findings that are expected are only counted, unless they are to be shown.
    """
    faults = [f"**Error:** {plain(message, 700)}" for _, message in report.results.faults]
    notes = _listed([plain(note, 500) for note in report.notes], "notes")
    new = news(report)
    lead = [f"### {plain(new)}", "", plain(report.headline)] if new else [f"### {plain(report.headline)}"]
    text = "\n".join([*lead, *notes, *_fails(report, bool(new)), "", ""])
    tail = "\n".join([*_beyond(report), *_environments(report), *_listed(faults, "faults"), ""])
    left = limit - len((text + tail).encode()) - ROOM
    if left < 0:
        return ""
    shown = 0
    findings = [(cluster, fails) for cluster, fails in report.findings if show_waived or not cluster.waived]
    for cluster, fails in findings[:SHOWN]:
        text_of_one = "\n".join(_finding(report, cluster, fails)) + "\n"
        left -= len(text_of_one.encode())
        if left < 0:
            break
        text += text_of_one
        shown += 1
    if others := len(findings) - shown:
        text += f"And {count(others, 'other finding')}.\n\n"
    if waived := len(report.findings) - len(findings):
        text += f"{count(waived, 'finding')} as expected {'is' if waived == 1 else 'are'} not shown.\n\n"
    return text + tail


def plain(text: str, limit: int = 600) -> str:
    """Return text as one line of Markdown without markup, links or mentions, and safe in the cell of a table."""

    def escape(found: re.Match[str]) -> str:
        return f"&#{ord(found[0])};" + ("&#8203;" if found[0] in _LINKED else "")

    return _MARKUP.sub(escape, printable(text, limit).strip())


def fenced(code: str, limit: int = 2000) -> str:
    """Return a line of code as a block, broken where it is long, in a fence that the code cannot close."""
    line = printable(code, limit)
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", line)), 0)
    return "\n".join([f"{fence}python", *broken(line), fence])


def _fails(report: Report, told: bool) -> Iterator[str]:
    """Yield the number of failures of each kind, or that nothing fails the run although there are divergences.

    ``told`` is whether the headline says so already.
    """
    if told:
        pass
    elif report.failures:
        yield f"\n**Fails the run:** {counted(report.failures)}."
    elif report.divergences and not report.unreliable:
        yield "\nNothing here fails the run."
    if report.gate.words:
        yield f"\n{plain(report.gate.words)}"


def _beyond(report: Report) -> Iterator[str]:
    """Yield the failures that are not divergences."""
    told = beyond_divergences(report.failures)
    for kind in KINDS:
        found = [failure for failure in told if failure.kind == kind]
        lines = [f"**{failure.title.capitalize()}:** {plain(failure.sentence)}" for failure in found]
        yield from _listed(lines, "lines like these")
    if told:
        yield ""


def _finding(report: Report, cluster: Cluster, fails: bool) -> Iterator[str]:
    told = finding(cluster)
    more = f" and {told.others} more" if told.others else ""
    yield f"#### {told.verdict.capitalize()}: {plain(told.layer)}{more}\n"
    if not fails:
        example = cluster.example.verdict
        waiver = report.waived.get((example.case.id, example.environment.label), "") if cluster.waived else ""
        why = "" if waiver == told.why else plain(waiver)
        yield f"Expected: {why}\n" if why else f"{'Expected' if waiver else 'Does not fail the run'}.\n"
    yield f"{', '.join(f'**{plain(label, 40)}**' for label in told.labels)}: {plain(told.why)}\n"
    yield f"{'Layers' if told.others else 'Layer'}: {plain(told.named(IDS), IDS * 90)}\n"
    if told.every_shape:
        yield f"Every shape is {plain(told.every_shape)}.\n"
    if told.sizes:
        yield plain(told.sizes) + "\n"
    for name, code in told.lines():
        yield f"{plain(name, 60)}:\n"
        yield fenced(code) + "\n"
    of_the_example = [port for port in told.ports if told.ids[0] in port.cases]
    for port in of_the_example:
        yield from _port(told, port)
    others = [port for port in told.ports if port not in of_the_example]
    if others:
        more = f", {PORTS} of which are here" if len(others) > PORTS else ""
        yield f"<details><summary>{count(len(others), 'port')} for other layers{more}</summary>\n"
        for port in others[:PORTS]:
            yield from _port(told, port)
        yield "</details>\n"


def _port(told: Told, port: Port) -> Iterator[str]:
    whose = told.whose(port, IDS)
    yield (f"{plain(whose, IDS * 90)}: " if whose else "") + plain(port.said) + "\n"
    if port.source:
        yield fenced(port.source) + "\n"


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
        cells += [str(observed.count(label) - diverging), str(diverging - excused)]
        if waived:
            cells.append(str(excused))
        yield "| " + " | ".join(cells) + " |"
    if len(environments) > ENVIRONMENTS:
        yield f"\nAnd {len(environments) - ENVIRONMENTS} other environments."


def _versions(environment: Environment) -> str:
    return ", ".join(f"{name} {version}" for name, version in environment.packages.items())


def _listed(lines: list[str], what: str) -> Iterator[str]:
    yield from (f"\n{line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"\nAnd {len(lines) - SHOWN} other {what}."
