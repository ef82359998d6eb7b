"""The verdicts of a report as JSON, according to the schema ``verdicts``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from .. import output_file
from ..findings.report import FORMAT, Report
from . import FINDINGS, Detail

_encoded = json.JSONEncoder(check_circular=False).encode  # json.dumps with an indent would use no compiled code


def write(report: Report, path: Path, detail: Detail = FINDINGS) -> None:
    """Write the verdicts, one on each line. Raise OSError where that fails."""
    output_file.write(path, _lines(report))


def _lines(report: Report) -> Iterator[bytes]:
    yield f'{{"format": {FORMAT}, "verdicts": ['.encode()
    for number, verdict in enumerate(report.verdicts):
        yield f"{',' if number else ''}\n{_encoded(verdict.to_json())}".encode()
    yield b"\n]}\n"
