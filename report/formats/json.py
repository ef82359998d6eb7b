"""The verdicts of a report as JSON, according to the schema ``verdicts``."""

from __future__ import annotations

import json
from pathlib import Path

from .. import output_file
from ..findings.report import Report


def write(report: Report, path: Path) -> None:
    """Write the verdicts. Raise OSError where that fails."""
    output_file.write(path, (json.dumps(report.to_json(), indent=1) + "\n").encode())
