"""The HTML shown in notebooks, with the colours of the theme, no scripts, and no meaning carried by colour alone.

Ids, error texts and sources come from catalogs, frameworks and files, so all of them are escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from ...cases.arithmetic import AXIS_NAMES
from ...cases.case import Case
from ...cases.text import count, printable, shape_text
from ..display import notebook_html
from ..findings.explained import Explained
from ..findings.report import Cluster, Report
from ..findings.told import Port, Told, divergence, finding
from ..policy.failures import EXPECTATION, beyond_divergences
from ..results.file import Environment
from ..verdicts.formula import reads, work_out
from ..verdicts.judging import reference_maps
from ..verdicts.verdict import Verdict, kind
from .terminal import SHOWN

ROWS = 60  # of a table; of more cases, those that diverge come first
WINDOWS = 4  # of an axis
IDS = 8  # of the layers of a finding, or of a port
PORTS = 4  # of a finding
MARKS = {"agrees": "✓", "shape": "≠", "shifted": "≠", "values": "≠", "misdeclares": "≠", "inexpressible": "∅"}
FAILED = "✗"  # every other verdict

CELL = "text-align:left;vertical-align:top;padding:.25em .6em"
DID = f"{CELL};white-space:nowrap"
RULE = f"{DID};border-bottom:1px solid currentColor"
TABLE = "border-collapse:collapse;background:transparent;margin:.5em 0"
FORMULA = "font-family:monospace;font-size:.9em;white-space:pre;overflow-x:auto;background:transparent"
SOURCE = "white-space:pre-wrap;overflow-wrap:anywhere;background:transparent"


@notebook_html.register
def report_html(report: Report) -> str:
    """Return the headline, a table of cases by environments, and the findings that its numbers refer to."""
    clusters = [cluster for cluster in report.clusters if not cluster.waived]
    parts = [_paragraph(safe(note, 500)) for note in report.notes]
    parts.append(_paragraph(f"<strong>{safe(report.headline, 2000)}</strong>"))
    if report.environments:
        parts.append(_cases_by_environments(report, clusters[:SHOWN]))
    if clusters:
        parts.append(f'<ol style="padding-left:2em">{"".join(map(_finding, clusters[:SHOWN]))}</ol>')
    if len(clusters) > SHOWN:
        parts.append(_paragraph(f"and {len(clusters) - SHOWN} more findings"))
    if report.expected:
        lines = [report.expected.headline, *report.expected.failures[:SHOWN], *report.expected.notes]
        parts += [_paragraph(safe(line, 1000)) for line in lines if line]
    others = [failure for failure in beyond_divergences(report.failures) if failure.kind != EXPECTATION]
    parts += [_paragraph(f"<strong>{f.title}:</strong> {safe(f.sentence, 1000)}") for f in others[:SHOWN]]
    if len(others) > SHOWN:
        parts.append(_paragraph(f"and {len(others) - SHOWN} more lines like these"))
    if report.gate.words:
        parts.append(_paragraph(safe(report.gate.words, 500)))
    parts += [_fault(message) for _, message in report.results.faults]
    return f"<div>{''.join(parts)}</div>"


@notebook_html.register
def verdict_html(verdict: Verdict) -> str:
    """Return one row explained: its source, verdict, shape, and the elements read and expected."""
    environment = verdict.environment
    packages = ", ".join(f"{name} {version}" for name, version in environment.packages.items())
    lines = [("environment", safe(f"{environment.label} ({packages})" if packages else environment.label))]
    if verdict.observation.source:
        lines.append((safe(verdict.spelling), _code(verdict.observation.source)))
    if verdict.literal:
        lines.append(("literal", _code(verdict.literal.line)))
    lines.append(("verdict", _word(verdict)))
    lines.append(("shape", _shapes(verdict)))
    lines += _reads(verdict)
    if verdict.reason:
        lines.append(("why", safe(verdict.reason, 1000)))
    rows = "".join(
        f'<tr><th scope="row" style="{CELL}">{name}</th><td style="{CELL}">{text}</td></tr>' for name, text in lines
    )
    caption = f'<caption style="text-align:left;caption-side:top">{_case(verdict.case)}</caption>'
    return f'<table style="{TABLE}">{caption}{rows}</table>'


@notebook_html.register
def explained_html(explained: Explained) -> str:
    """Return the formula as text, and the result in each environment if there was a run."""
    lines = [safe(line, 1000) for line in (*explained.lead, *work_out(explained.case), *explained.asides) if line]
    parts = [f'<pre style="{FORMULA}">', "\n".join(lines), "</pre>"]
    if explained.report is not None:
        parts += _did(explained.report, explained.case)
        parts += [_fault(message) for _, message in explained.report.results.faults]
    return f"<div>{''.join(parts)}</div>"


def safe(text: str, limit: int = 200) -> str:
    """Return untrusted text escaped for HTML."""
    return escape(printable(text, limit))


def _cases_by_environments(report: Report, clusters: list[Cluster]) -> str:
    numbers = {
        (d.verdict.case.id, d.verdict.environment.label): number
        for number, cluster in enumerate(clusters, 1)
        for d in cluster.divergences
    }
    names = [_th("layer"), _th("expected"), *(_th(_label(environment, "<br>")) for environment in report.environments)]
    cases = _shown_cases(report)
    rows = "".join(_row(report, case, numbers) for case in cases)
    table = f'<table style="{TABLE}"><thead><tr>{"".join(names)}</tr></thead><tbody>{rows}</tbody></table>'
    left_out = len(report.cases) - len(cases)
    return table + (_paragraph(f"and {left_out} more layers") if left_out else "")


def _shown_cases(report: Report) -> list[Case]:
    """Return all cases, or of many the first ROWS, with those that diverge before the others."""
    if len(report.cases) <= ROWS:
        return report.cases
    diverging = {d.verdict.case.id for d in report.divergences}
    return sorted(report.cases, key=lambda case: case.id not in diverging)[:ROWS]


def _row(report: Report, case: Case, numbers: dict[tuple[str, str], int]) -> str:
    verdicts = [report.verdict(case, environment) for environment in report.environments]
    known = next((verdict for verdict in verdicts if verdict is not None), None)
    expected = "" if known is None else _expected(known)
    keys = [(case.id, environment.label) for environment in report.environments]
    cells = "".join(
        f'<td style="{DID}">{_cell(verdict, numbers.get(key), report.waived.get(key, ""))}</td>'
        for verdict, key in zip(verdicts, keys, strict=True)
    )
    head = f'<th scope="row" style="{CELL};font-weight:normal">{_case(case)}</th>'
    return f'<tr>{head}<td style="{DID}">{expected}</td>{cells}</tr>'


def _cell(verdict: Verdict | None, number: int | None, waived: str) -> str:
    """Return the verdict and shape; a divergence is bold with the number of its finding, or expected with a reason."""
    if verdict is None:
        return "not run"
    shape = " " + shape_text(verdict.shape) if verdict.shape is not None else ""
    if waived:
        return f'{_plain_word(verdict)}{shape}<br><span title="{safe(waived, 600)}">expected</span>'
    text = f"{_word(verdict)}{shape}"
    return text + (f'&nbsp;<sup style="line-height:0">{number}</sup>' if number else "")


def _word(verdict: Verdict) -> str:
    text = _plain_word(verdict)
    return f"<strong>{text}</strong>" if verdict.diverges else text


def _plain_word(verdict: Verdict) -> str:
    verdict_kind = kind(verdict)
    return f"{MARKS.get(verdict_kind, FAILED)}&nbsp;{escape(verdict_kind)}"


def _expected(verdict: Verdict) -> str:
    return "no answer" if verdict.expected_shape is None else shape_text(verdict.expected_shape)


def _shapes(verdict: Verdict) -> str:
    did = "none" if verdict.shape is None else shape_text(verdict.shape)
    if verdict.expected_shape is None:
        return f"{did}; the layer has no answer: {safe(verdict.reference.reason)}"
    same = verdict.shape == verdict.expected_shape
    return f"{did}, as expected" if same else f"{did} instead of {shape_text(verdict.expected_shape)}"


def _reads(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield the elements read along each axis, where known, and the requested ones where they are different."""
    asked = reference_maps(verdict.reference)
    for i, indices in enumerate(verdict.maps or ()):
        text = windows_text(indices)
        if i < len(asked) and not np.array_equal(indices, asked[i]):
            text = f"<strong>{text}</strong><br>instead of {windows_text(asked[i])}"
        yield f"{AXIS_NAMES[verdict.case.rank][i]} reads", text


def windows_text(indices: np.ndarray) -> str:
    """Return the elements that each window reads, counted from 1; of many windows, the first few and the last."""
    if len(indices) <= WINDOWS:
        return " | ".join(reads(window.tolist()) for window in indices)
    first = [reads(window.tolist()) for window in indices[: WINDOWS - 1]]
    return " | ".join([*first, "…", reads(indices[-1].tolist())])


def _finding(cluster: Cluster) -> str:
    told = finding(cluster)
    name = escape(told.verdict.upper())
    labels = ", ".join(safe(label, 40) for label in told.labels)
    lead = f"<strong>{name}</strong> &nbsp;<strong>{labels}</strong>: {safe(told.layer)}"
    lead += f", and {told.others} more" if told.others else ""
    lead += f"; every shape is {told.every_shape}" if told.every_shape else ""
    lead += f"<br>{'ids' if told.others else 'id'}: {safe(told.named(IDS), IDS * 90)}"
    ports = []
    for port in told.ports[:PORTS]:
        whose = told.whose(port, IDS)
        ports.append(f"{safe(whose, IDS * 90)}: {_port(port)}" if whose else _port(port))
    if len(told.ports) > PORTS:
        ports.append(f"and {count(len(told.ports) - PORTS, 'more port')}")
    wordings = [f"{safe(name, 60)}: {_code(code)}" for name, code in told.lines()]
    return f'<li style="margin-bottom:.75em">{"<br>".join([lead, *_why(told), *wordings, *ports])}</li>'


def _why(told: Told) -> Iterator[str]:
    """Yield the reason, and the sizes for which it holds."""
    yield safe(told.why, 600)
    if told.sizes:
        yield safe(told.sizes, 600)


def _port(port: Port) -> str:
    """Return the port on one line, with its source as code."""
    return f"{safe(port.said + ': ', 600)}{_code(port.source)}" if port.source else safe(port.said, 600)


def _did(report: Report, case: Case) -> Iterator[str]:
    """Yield a paragraph for each environment."""
    diverging = {d.verdict.environment.label: d for d in report.divergences}
    for environment in report.environments:
        verdict = report.verdict(case, environment)
        if verdict is None:
            continue
        shape = " " + shape_text(verdict.shape) if verdict.shape is not None else ""
        lines = [f"<strong>{_label(environment)}</strong>{shape} &nbsp;{_word(verdict)}"]
        if verdict.observation.source:
            lines.append(_code(verdict.observation.source))
        if verdict.literal:
            lines.append(f"literal: {_code(verdict.literal.line)}")
        if environment.label in diverging:
            told = divergence(diverging[environment.label])
            lines += [*_why(told), *map(_port, told.ports)]
        yield _paragraph("<br>".join(lines))


def _case(case: Case) -> str:
    """Return the case in words, with its id as a tooltip."""
    return f'<span title="{safe(case.id)}">{safe(case.describe())}</span>'


def _label(environment: Environment, between: str = " ") -> str:
    return between.join(filter(None, [safe(environment.label, 40), safe(environment.shown_version, 40)]))


def _th(text: str) -> str:
    return f'<th scope="col" style="{RULE}">{text}</th>'


def _code(source: str) -> str:
    return f'<code style="{SOURCE}">{safe(source, 2000)}</code>'


def _fault(message: str) -> str:
    return _paragraph(f"<strong>error:</strong> {safe(message, 700)}")


def _paragraph(html: str) -> str:
    return f'<p style="margin:.5em 0">{html}</p>'
