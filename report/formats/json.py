"""The verdicts of a report as JSON, according to the schema ``verdicts``."""

from __future__ import annotations

import json
from pathlib import Path

from ..findings.report import FORMAT, Report

_encoded = json.JSONEncoder(check_circular=False).encode  # json.dumps with an indent would use no compiled code


def write(report: Report, path: Path) -> None:
    """Write the verdicts, one on each line. Raise OSError where that fails."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"format": {FORMAT}, "verdicts": [')
        for number, verdict in enumerate(report.verdicts):
            file.write(("," if number else "") + "\n" + _encoded(verdict.to_json()))
        file.write("\n]}\n")
