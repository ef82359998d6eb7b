"""What a report is held against before it becomes an exit status: expectations, and the gate."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..report.assessment import Report
    from ..report.expectations import Expectation
    from ..report.gate import Gate


@dataclass(frozen=True)
class Criteria:
    """The options ``--expectations``, ``--fail-on``, ``--agree`` and ``--locked``, read."""

    gate: Gate
    expectations: tuple[Expectation, ...] | None

    def hold(self, report: Report, partial: bool = False) -> None:
        """Hold a report against them; ``partial`` where cases were left out on purpose."""
        report.gate = self.gate
        if self.expectations is not None:
            report.check(self.expectations, partial)


def read_criteria(
    expectations: Iterable[Path] | None,
    fail_on: Iterable[str] | None,
    agree: Iterable[str] | None,
    locked: Path | None,
    labels: Collection[str],
    adapters: Collection[str],
) -> Criteria:
    """The criteria, for a run of environments of these labels; expectations may name these adapters.

    Raises InputError with everything that is wrong with them.
    """
    from ..report.expectations_file import load_expectations
    from ..report.gate import check_labels, read_gate

    gate = read_gate(fail_on, agree, locked)
    check_labels(gate, labels)
    files = list(expectations or ()) or project_expectations()
    return Criteria(gate, tuple(load_expectations(files, adapters)) if files else None)


def project_expectations(start: Path | None = None) -> list[Path]:
    """The files of ``[tool.convparity] expectations``, a path or a list of them, relative to its pyproject.toml.

    That is the one nearest to ``start``, or to the current folder. Raises InputError where it is neither.
    """
    from ..cases.text import shown
    from ..project import Mistake, mistaken, project_setting

    found = project_setting("expectations", start)
    if found is None:
        return []
    value, file = found
    names: list[Any] = value if isinstance(value, list) else [value]
    no_paths = [i for i, name in enumerate(names) if not (isinstance(name, str) and name)]
    if no_paths:
        what = ": expectations: {} is not the path of a file; allowed is a path, or a list of paths"
        keys = [("expectations", i) if isinstance(value, list) else ("expectations",) for i in no_paths]
        raise mistaken(file, [Mistake(at, what.format(shown(names[i]))) for at, i in zip(keys, no_paths, strict=True)])
    return [Path(os.path.relpath(file.parent / name)) for name in names]
