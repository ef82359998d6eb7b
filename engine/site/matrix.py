"""Makes the matrix: the reports of results files, an index of them, and a page for each finding.

Two files are never in memory together. All are read once for their reports and the index; those with an example of a
finding are read a second time, when it is known which layers a finding has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path

from ..cases.catalog.catalog import load_catalog, shipped
from ..cases.errors import InputError
from ..cases.text import printable
from ..report import output_file
from ..report.findings.report import Report
from ..report.formats.html import render
from ..report.matrix import naming
from ..report.matrix.example import Example, example
from ..report.matrix.index import Finding, Matrix
from ..report.matrix.pages import Pages
from ..runs.outputs import write
from ..runs.working import working
from .script import script

FOLDERS = ("reports", "findings", "badges")
Read = Callable[[Path], Report]


def make_matrix(folder: Path, paths: Iterable[Path], read: Read, live: bool) -> Path:
    """Write the matrix of results files into a folder, and return the path of its index.

    ``read`` returns the report of a results file, and ``live`` says whether the live page is in the folder as well.
    Raise InputError for bad files, HarnessFault if a file cannot be written.
    """
    files = list(dict.fromkeys(paths))
    _check_files(files)
    site = _Site(folder)
    matrix = _indexed(files, read, site)
    with working(f"making {len(matrix.findings)} pages of findings"):
        examples = _examples(matrix, read)
    pages = Pages(matrix, live)
    with working("writing the pages"):
        for name, text in pages.static():
            site.write(name, text)
        for finding in matrix.findings:
            found = examples[finding.name]
            for name, text in pages.finding(finding, found, script(matrix, found[0])):
                site.write(name, text)
        for name, text in pages.index({name: found[0].cause for name, found in examples.items()}):
            site.write(name, text)
    site.sweep()
    return folder / "index.html"


class _Site:
    """The folder, and the files that were written into it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.written = folder, set[Path]()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        write(path, partial(output_file.write, path, text.encode(errors="replace")))
        self.written.add(path)

    def sweep(self) -> None:
        """Delete the pages and badges of an earlier matrix that this one does not have."""
        for part in FOLDERS:
            for path in (self.folder / part).glob("*"):
                if path.suffix in (".html", ".svg") and path not in self.written:
                    path.unlink(missing_ok=True)


def _check_files(files: list[Path]) -> None:
    """Raise InputError for files that cannot be read twice."""
    if problems := [f"{path}: is no file, but it is read twice; save it first" for path in files if _streams(path)]:
        raise InputError(problems)


def _streams(path: Path) -> bool:
    return path.is_fifo() or path.is_char_device()


def _indexed(files: list[Path], read: Read, site: _Site) -> Matrix:
    """Return the index of results files, whose reports are written."""
    matrix = Matrix(catalogs())
    for path in files:
        report = read(path)
        name = _report_name(path, report)
        with working(f"judging {printable(str(path))}"):
            matrix.add(report, str(path), name)
            site.write(name, render(report))
    return matrix


def _report_name(path: Path, report: Report) -> str:
    """Return the path of a report in the site, which comes from the name of its file and from what was observed."""
    stem = path.name.removesuffix(".gz").removesuffix(".jsonl")
    environments = sorted([one.label, *one.packages.values()] for one in report.environments)
    return f"reports/{naming.unique(stem, environments, sorted(case.id for case in report.cases))}.html"


@cache
def catalogs() -> dict[str, tuple[str, str]]:
    """Return the catalog and the key of each case that ships, by its id."""
    with working("reading the catalogs"):
        return {case.id: (name, case.key) for name in shipped() for case in load_catalog(name)}


def _examples(matrix: Matrix, read: Read) -> dict[str, list[Example]]:
    """Return an example of each finding in each of its adapters, by the finding's name."""
    wanted: dict[str, list[tuple[Finding, str]]] = {}
    for finding in matrix.findings:
        for adapter in finding.adapters:
            wanted.setdefault(matrix.shown(finding, adapter)[1].source, []).append((finding, adapter))
    found: dict[tuple[str, str], Example] = {}
    for source, ones in wanted.items():
        report = read(Path(source))
        for finding, adapter in ones:
            column, _, id = matrix.shown(finding, adapter)
            found[finding.name, adapter] = example(report, column, id)
    return {one.name: [found[one.name, adapter] for adapter in one.adapters] for one in matrix.findings}
