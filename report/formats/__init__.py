"""The file formats of a report. A new format needs a module in this package and a line in FORMATS."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..findings.report import Report


@dataclass(frozen=True)
class Format:
    """A file format. Its name is that of its module in this package and of its command-line option.

    The module has ``write(report, path)``, which raises OSError where the file cannot be written.
    """

    name: str
    help: str

    def write(self, report: Report, path: Path) -> None:
        """Write a report to a file. Raise OSError where that fails."""
        import_module(f"{__name__}.{self.name}").write(report, path)


HTML = Format("html", "Write the HTML report.")
FORMATS = (
    HTML,
    Format("json", "Write the verdicts as JSON."),
    Format("junit", "Write the verdicts as JUnit XML."),
    Format("markdown", "Write a Markdown summary; append it if FILE is $GITHUB_STEP_SUMMARY."),
)
