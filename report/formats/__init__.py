"""The files that a report can be written to: one more format is one more module and one more line of FORMATS."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..findings.report import Report


@dataclass(frozen=True)
class Format:
    """A format, named as its module in this package and as the option of the command: ``html``, ``--html``.

    The module has ``write(report, path)``, which raises OSError where the file cannot be written.
    """

    name: str
    help: str

    def write(self, report: Report, path: Path) -> None:
        """Write a report to a file. Raises OSError."""
        import_module(f"{__name__}.{self.name}").write(report, path)


FORMATS = (
    Format("html", "Write the HTML report."),
    Format("json", "Write the verdicts as JSON."),
    Format("junit", "Write the verdicts as JUnit XML."),
    Format("markdown", "Write a summary; $GITHUB_STEP_SUMMARY is appended to."),
)
