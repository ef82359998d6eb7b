"""The verdicts of a report as JSON, by the schema ``verdicts``."""

from __future__ import annotations

import json
from pathlib import Path

from ..findings.report import Report


def write(report: Report, path: Path) -> None:
    """Write the verdicts. Raises OSError."""
    path.write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
