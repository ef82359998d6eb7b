"""The verdicts of a report as JSON, according to the schema ``verdicts``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .. import output_file
from ..compiled_json import encoded
from ..findings.report import FORMAT, Report
from . import FINDINGS, Detail


def write(report: Report, path: Path, detail: Detail = FINDINGS) -> None:
    """Write the verdicts, one on each line. Raise OSError where that fails."""
    output_file.write(path, _lines(report))


def _lines(report: Report) -> Iterator[bytes]:
    yield f'{{"format": {FORMAT}, "verdicts": ['.encode()
    for number, verdict in enumerate(report.verdicts):
        yield (b",\n" if number else b"\n") + encoded(verdict.to_json())
    yield b"\n]}\n"
