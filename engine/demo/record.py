"""Records the run of ``convparity demo``: ``tox run -e record-demo``, or ``python -m convparity.demo.record FOLDER``.

With results files of the catalogs as further arguments, nothing is run, and these are recorded. With ``--page FOLDER``
only the page is made anew from what is recorded in it, as a change of the page's content requires.
"""

from __future__ import annotations

import json
import lzma
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..report.findings.report import Report
from ..report.results.file import Environment
from .recorded import CATALOGS

KEPT = ("python", "platform", "facts", "imports", "script", "processor", "timeout", "memory")  # nothing of this machine
NOT_KEPT = ("seconds", "log")  # of an observation
ROW = ("case", "environment", "spelling", "verdict", "source", "expected_shape", "shape")


def record(folder: Path, files: list[Path], date: str) -> None:
    """Write the files of ``convparity demo`` from results files, one of each of CATALOGS in this order."""
    folder.mkdir(parents=True, exist_ok=True)
    for catalog, file in zip(CATALOGS, files, strict=True):
        _pack(folder / f"{catalog}.jsonl.xz", "".join(_recorded(file, date)))
    report = record_page(folder)
    _pack(folder / "verdicts.json.xz", json.dumps(rows(report)))
    versions = {environment.label: environment.version for environment in report.environments}
    processors = {environment.label: processor(environment) for environment in report.environments}
    about = {"date": date, "versions": versions, "processors": processors}
    (folder / "about.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")


def record_page(folder: Path) -> Report:
    """Write the page of the results files that are recorded in a folder, and return their report."""
    from .. import api
    from ..report.formats.payload import payload

    with TemporaryDirectory() as temporary:
        names = [Path(temporary) / f"{catalog}.jsonl" for catalog in CATALOGS]
        for catalog, name in zip(CATALOGS, names, strict=True):
            name.write_bytes(lzma.decompress((folder / f"{catalog}.jsonl.xz").read_bytes()))
        report = api.read_results(*names)
    _pack(folder / "page.json.xz", json.dumps(payload(report), allow_nan=False))
    return report


def processor(environment: Environment) -> dict[str, Any]:
    """Return the facts about the processor on which the numbers of an environment may depend."""
    return {name: environment.facts[name] for name in ("isa", "onednn", "onednn_isa") if name in environment.facts}


def rows(report: Report) -> list[dict[str, Any]]:
    """Return the verdicts of a report as they are recorded, in order."""
    found = [row.to_json() for row in report.verdicts]
    return sorted(({name: row[name] for name in ROW} for row in found), key=lambda row: [row[n] for n in ROW[:3]])


def _recorded(file: Path, date: str) -> Iterator[str]:
    """Yield the lines of a results file, in a fixed order, marked as recorded and without traces of this machine."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    order = ("header", "environment", "case", "observation", "end")
    for line in sorted(lines, key=lambda line: (order.index(line["kind"]), line.get("environment", ""))):
        if line["kind"] == "environment":
            kept = {name: value for name, value in line["details"].items() if name in KEPT}
            line["details"] = {**kept, "basis": "recorded", "origin": f"recorded on {date}"}
        yield json.dumps({name: value for name, value in line.items() if name not in NOT_KEPT}) + "\n"


def _pack(path: Path, text: str) -> None:
    path.write_bytes(lzma.compress(text.encode()))


def main() -> None:
    """Record from the results files that are named, or else run the catalogs first."""
    from .. import api

    if sys.argv[1] == "--page":
        record_page(Path(sys.argv[2]))
        return
    folder, *names = map(Path, sys.argv[1:])
    today = time.strftime("%Y-%m-%d", time.gmtime())
    with TemporaryDirectory() as temporary:
        files = names
        if not files:
            files = [Path(temporary) / f"{catalog}.jsonl" for catalog in CATALOGS]
            for catalog, file in zip(CATALOGS, files, strict=True):
                report = api.run(catalog, output=file)
                if report.unreliable:
                    sys.exit(f"error: {report.doubts[0]}")
        record(folder, files, today)


if __name__ == "__main__":
    main()
