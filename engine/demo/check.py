"""Holds the recorded verdicts against those of a fresh run: ``python -m convparity.demo.check VERDICTS.json``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .recorded import verdicts

KEY = ("case", "environment", "spelling")
SHOWN = 20


def differences(fresh: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each recorded row whose verdict, source or shape is another in a run, or that is missing there.

    ``fresh`` are the rows of ``--json``. Of the recorded rows, only those of the run's cases and environments count.
    """
    found = {tuple(row[name] for name in KEY): row for row in fresh}
    cases, environments = ({key[i] for key in found} for i in (0, 1))
    for row in verdicts():
        key = tuple(row[name] for name in KEY)
        if key[0] not in cases or key[1] not in environments:
            continue
        now = found.get(key)
        changed = [f"{name} was {old}, is {now[name]}" for name, old in row.items() if now and now[name] != old]
        if now is None or changed:
            yield f"{', '.join(key)}: {'; '.join(changed) or 'is missing'}"


def main() -> None:
    """Print what is no longer as it was recorded, and exit with 1 if anything is."""
    rows = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["verdicts"]
    lines = list(differences(rows))
    print("\n".join(lines[:SHOWN]))
    if lines:
        sys.exit(
            f"{len(lines)} rows are not as `convparity demo` shows them; `tox run -e record-demo` records them anew"
        )


if __name__ == "__main__":
    main()
