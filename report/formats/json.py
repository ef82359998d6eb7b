"""The verdicts of a report as JSON, according to the schema ``verdicts``."""

from __future__ import annotations

import json
from pathlib import Path

from ..findings.report import Report


def write(report: Report, path: Path) -> None:
    """Write the verdicts. Raise OSError where that fails."""
    path.write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
