"""The verdicts of a report as JSON, according to the schema ``verdicts``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from .. import output_file
from ..compiled_json import encoded
from ..findings.report import FORMAT, Report
from ..verdicts.verdict import Verdict
from . import FINDINGS, Detail


def write(report: Report, path: Path, detail: Detail = FINDINGS) -> None:
    """Write the verdicts, one on each line. Raise OSError where that fails."""
    verdicts, known = report.verdicts, report.run.known  # which is none if it does not fit the verdicts
    output_file.write(path, known.text if known else lines(verdicts))


def lines(verdicts: Iterable[Verdict]) -> Iterator[bytes]:
    """Yield the parts of the document."""
    yield f'{{"format": {FORMAT}, "verdicts": ['.encode()
    for number, verdict in enumerate(verdicts):
        yield (b",\n" if number else b"\n") + encoded(verdict.to_json())
    yield b"\n]}\n"
