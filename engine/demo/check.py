"""Compares the recorded verdicts with those of a fresh run: ``python -m convparity.demo.check RESULTS...``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from ..report.findings.report import Report
from .record import processor, rows
from .recorded import about, verdicts

Row = Mapping[str, Any]

KEY = ("case", "environment", "spelling")
SHOWN = 20


def differences(fresh: Report) -> Iterator[str]:
    """Return a line for each recorded row of a run's cases and environments that differs from the run.

    An environment on a processor with other instructions than the recorded one is left out: some frameworks compute
    other numbers there, as expectations say.
    """
    same = about()["processors"]
    alike = {one.label for one in fresh.environments if processor(one) == same.get(one.label)}
    return changed(rows(fresh), {case.id for case in fresh.cases}, alike)


def changed(fresh: Iterable[Row], cases: Set[str], environments: Set[str]) -> Iterator[str]:
    """Yield a line for each recorded row that is missing now, or has another verdict, source or shape."""
    found = {tuple(row[name] for name in KEY): row for row in fresh}
    for row in verdicts():
        key = tuple(row[name] for name in KEY)
        if key[0] not in cases or key[1] not in environments:
            continue
        now = found.get(key)
        others = [f"{name} was {old}, is {now[name]}" for name, old in row.items() if now and now[name] != old]
        if now is None or others:
            yield f"{', '.join(key)}: {'; '.join(others) or 'is missing'}"


def main() -> None:
    """Print the rows that differ from the recorded ones, and exit with 1 if there are any."""
    from .. import api

    lines = list(differences(api.read_results(*map(Path, sys.argv[1:]))))
    print("\n".join(lines[:SHOWN]))
    if lines:
        sys.exit(
            f"{len(lines)} rows are not as `convparity demo` shows them; `tox run -e record-demo` records them anew"
        )


if __name__ == "__main__":
    main()
