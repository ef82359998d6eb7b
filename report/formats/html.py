"""The HTML report: one file that opens from disk, loads nothing from the network, and runs no script but its own.

The page is an application that is built from ``app/`` into ``app.html``; this module writes its content into it, and
that of the page that runs in the browser into ``live.html``.
"""

from __future__ import annotations

import base64
import gzip
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from .. import output_file
from ..display import page
from ..findings.diff import Diff
from ..findings.history import History
from ..findings.report import Report
from ..models.result import ComparedModels
from . import FINDINGS, Detail
from .models_payload import payload as models_payload
from .payload import payload

# The pages that app/ is built into.
REPORT, LIVE = "app.html", "live.html"


@page.register
def render(report: Report | Diff | History) -> str:
    """Return a run, the comparison of two runs, or a history as HTML. The same report gives the same text."""
    return filled(payload(report))


@page.register
def render_models(found: ComparedModels) -> str:
    """Return the comparison of two models as HTML."""
    return filled(models_payload(found))


def filled(shown: dict[str, Any], built: str = REPORT) -> str:
    """Return a page with a content, such as that of a recorded run."""
    text = json.dumps(shown, separators=(",", ":"), allow_nan=False)
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    empty = files("convparity.report").joinpath(built).read_text(encoding="utf-8")
    return empty.replace("@PAYLOAD@", packed, 1).replace("@TITLE@", escape(shown["headline"]), 1)


def write(report: object, path: Path, detail: Detail = FINDINGS) -> None:
    """Write a report, or the comparison of two runs or models. Raise OSError where that fails."""
    output_file.write(path, page(report).encode(errors="replace"))
