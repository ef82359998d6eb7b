"""The HTML report: one file that works from disk, asks nobody for anything, and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from .. import __version__
from .assessment import Report
from .page import Page

TEMPLATE, STYLE, SCRIPT = "report.html.j2", "report.css", "report.js"


def render(report: Report) -> str:
    """The report as HTML. The same report gives the same text."""
    templates = Environment(
        loader=PackageLoader("convparity.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (_asset(templates, name) for name in (STYLE, SCRIPT))
    return templates.get_template(TEMPLATE).render(
        page=Page(report, __version__),
        style=Markup(style),
        script=Markup(script),
        style_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
    )


def write(report: Report, path: Path) -> None:
    """Write the report; a failure leaves neither half a file nor a changed one."""
    text = render(report)
    temporary = path.with_name(f".{path.name[:50]}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _asset(templates: Environment, name: str) -> str:
    assert templates.loader is not None
    return templates.loader.get_source(templates, name)[0]


def _csp_hash(text: str) -> str:
    """The source expression that lets an inlined text, and no other, through a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
