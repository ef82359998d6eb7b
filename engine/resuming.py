"""What has to hold before a results file is opened: one case to an id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from .cases.case import Case
from .cases.errors import InputError
from .cases.text import printable
from .report.results import Results


def check(cases: Iterable[Case], earlier: Results, file: str | Path | None) -> None:
    """Refuse cases that would not be those of the results so far, ``earlier``. Raises InputError."""
    problems = [*_ids(cases, earlier, file)]
    if problems:
        raise InputError(problems)


def _ids(cases: Iterable[Case], earlier: Results, file: str | Path | None) -> Iterator[str]:
    known = dict(earlier.cases)
    for case in cases:
        if known.setdefault(case.id, case).key != case.key:
            there = f"{file}: holds another case of" if case.id in earlier.cases else "two different cases have"
            what = "write to a new file" if case.id in earlier.cases else "give one of them another"
            yield f"{there} the id {printable(case.id, 60)}; {what}"
