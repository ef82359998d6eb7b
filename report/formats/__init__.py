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

    The module has ``write(report, path, detail)``, which raises OSError where the file cannot be written.
    """

    name: str
    help: str

    def write(self, report: Report, path: Path, detail: Detail | None = None) -> None:
        """Write a report to a file, in as much detail as the format has a choice. Raise OSError where that fails."""
        import_module(f"{__name__}.{self.name}").write(report, path, detail or FINDINGS)


@dataclass(frozen=True)
class Detail:
    """The terminal's content: nothing but the headline and errors (``quiet``), the ``ports`` and ids of all layers
    of a finding, ``waived`` findings, or ``all`` findings and environments.
    """

    quiet: bool = False
    ports: bool = False
    waived: bool = False
    all: bool = False


FINDINGS = Detail()

HTML = Format("html", "Write the HTML report.")
FORMATS = (
    HTML,
    Format("json", "Write the verdicts as JSON; - is the standard output."),
    Format("junit", "Write the verdicts as JUnit XML; - is the standard output."),
    Format("markdown", "Write a Markdown summary, or append it to $GITHUB_STEP_SUMMARY; - is the standard output."),
)
