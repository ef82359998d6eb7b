"""What a saved notebook shows of a widget where no kernel runs: a picture, the formula, a row for each framework."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from ..adapters.registry import NAMES
from ..cases.case import Case
from ..cases.errors import HarnessFault, InputError
from ..cases.text import printable, shape_text
from ..report.figures.figure import Figure
from ..report.figures.reads import of_case, predicted
from ..report.figures.windows import windows
from ..report.findings.words import word

CELL = "text-align:left;vertical-align:top;padding:.2em .8em .2em 0"
CODE = "white-space:pre-wrap;overflow-wrap:anywhere;background:transparent"


def frozen(
    name: str, line: str, answer: Mapping[str, Any], measured: Iterable[Mapping[str, Any]], figure: Figure | None
) -> dict[str, str]:
    """Return the static figure of a widget as a notebook keeps it. ``name`` is by which the widget finds and hides it.

    ``answer`` is that of :func:`convparity.report.live.answer.layer_answer`, and ``measured`` are the rows of
    :class:`convparity.widget.measuring.Measuring`.
    """
    title = " on ".join(filter(None, [line, answer["layer"].rpartition(" on ")[2]])) if line else answer["layer"]
    parts = [f"<p><strong>{_safe(title)}</strong></p>"]
    if figure:
        parts.append(f"<p>{figure.image()}</p>")
    rows = ["  ".join(filter(None, row.values())) for row in answer["formula"]]
    formula = "\n".join(map(_safe, [*rows, *answer["result"]]))
    parts.append(f'<pre style="{CODE}">{formula}</pre>')
    head = "".join(f'<th scope="col" style="{CELL}">{text}</th>' for text in ("", "does", "output", "write"))
    did = {row["adapter"]: row for row in measured if row["verdict"]}
    body = "".join(_row(row, did.get(row["adapter"])) for row in answer["frameworks"])
    parts.append(f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
    shown = {"text/html": f'<div data-convparity="{escape(name)}">{"".join(parts)}</div>', "text/plain": title}
    return shown | ({"image/svg+xml": figure.svg()} if figure else {})


def picture(case: Case, rows: Sequence[Mapping[str, Any]], side: str, output: Sequence[int]) -> Figure | None:
    """Return the windows of a case and of the line that people write in a framework; None where none are drawn.

    ``rows`` are those of an answer's frameworks. By default, the framework is the first whose line is another layer.
    """
    drawn = [row["adapter"] for row in rows if row["maps"]]
    other = [row["adapter"] for row in rows if row["maps"] and row["verdict"] != "agrees"]
    chosen = next((adapter for adapter in [side, *other, *drawn] if adapter in NAMES), None)
    try:
        sides = [of_case(case), *([predicted(case, chosen)] if chosen else [])]
        return windows(sides, [tuple(output)] if output else [])
    except (InputError, HarnessFault):  # too large, no output, or Matplotlib is missing
        return None


def _row(row: Mapping[str, Any], measured: Mapping[str, Any] | None) -> str:
    """Return a framework's row of the table; what was measured takes the place of what was predicted."""
    verdict, shape = (measured or row)["verdict"], (measured or row)["shape"]
    stamp = f"measured, {measured['label']} {measured['version']}" if measured else "predicted"
    code = row["source"] if row["verdict"] == "agrees" else row["port"]
    cells = [
        f"{_safe(word(verdict) if verdict else 'not predicted')} ({_safe(stamp)})",
        shape_text(shape) if shape else "",
        f'<code style="{CODE}">{_safe(code)}</code>' if code else "no line is known",
    ]
    body = "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells)
    return f'<tr><th scope="row" style="{CELL}">{_safe(row["adapter"])}</th>{body}</tr>'


def _safe(text: str) -> str:
    return escape(printable(text, 2000))
