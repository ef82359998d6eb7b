"""Compares the recorded verdicts with those of a fresh run: ``python -m convparity.demo.check RESULTS...``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ..report.findings.report import Report
from .record import processor, rows
from .recorded import about, verdicts

KEY = ("case", "environment", "spelling")
SHOWN = 20


def differences(fresh: Report) -> Iterator[str]:
    """Yield a line for each recorded row whose verdict, source or shape is another in a run, or that is missing there.

    Of the recorded rows, only those of the run's cases and environments count. An environment on a processor with other
    instructions than the recorded one is left out: some frameworks compute other numbers there, as expectations say.
    """
    found = {tuple(row[name] for name in KEY): row for row in rows(fresh)}
    cases = {case.id for case in fresh.cases}
    same = about()["processors"]
    alike = {one.label for one in fresh.environments if processor(one) == same.get(one.label)}
    for row in verdicts():
        key = tuple(row[name] for name in KEY)
        if key[0] not in cases or key[1] not in alike:
            continue
        now = found.get(key)
        changed = [f"{name} was {old}, is {now[name]}" for name, old in row.items() if now and now[name] != old]
        if now is None or changed:
            yield f"{', '.join(key)}: {'; '.join(changed) or 'is missing'}"


def main() -> None:
    """Print what is no longer as it was recorded, and exit with 1 if anything is."""
    from .. import api

    lines = list(differences(api.read_results(*map(Path, sys.argv[1:]))))
    print("\n".join(lines[:SHOWN]))
    if lines:
        sys.exit(
            f"{len(lines)} rows are not as `convparity demo` shows them; `tox run -e record-demo` records them anew"
        )


if __name__ == "__main__":
    main()
