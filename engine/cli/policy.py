"""Reads the policy, which says what fails a run, from the command's options and the project's settings."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..report.policy.failures import Policy


def read_policy(
    expectations: Iterable[Path] | None,
    fail_on: Iterable[str] | None,
    agree: Iterable[str] | None,
    locked: Path | None,
    labels: Collection[str],
    adapters: Collection[str],
    partial: bool = False,
) -> Policy:
    """Return the policy given by ``--expectations``, ``--fail-on``, ``--agree`` and ``--locked``.

    ``labels`` are those of the run's environments, and ``adapters`` the names that expectations may use. ``partial``
    means that cases were left out on purpose. Raise InputError with everything that is wrong.
    """
    from ..report.policy.expectations_file import load_expectations
    from ..report.policy.failures import Policy
    from ..report.policy.gate import check_labels, read_gate

    gate = read_gate(fail_on, agree, locked)
    check_labels(gate, labels)
    files = list(expectations or ()) or project_expectations()
    return Policy(gate, tuple(load_expectations(files, adapters)) if files else None, partial)


def project_expectations(start: Path | None = None) -> list[Path]:
    """Return the files named by ``[tool.convparity] expectations``, a path or a list of paths.

    The setting is read from the pyproject.toml nearest to ``start``, by default the current folder, and its paths are
    relative to that file. Raise InputError if it is neither a path nor a list of paths.
    """
    from ..cases.text import shown
    from ..environments.project import Mistake, mistaken, project_setting

    found = project_setting("expectations", start)
    if found is None:
        return []
    value, file = found
    names: list[Any] = value if isinstance(value, list) else [value]
    no_paths = [i for i, name in enumerate(names) if not (isinstance(name, str) and name)]
    if no_paths:
        what = ": expectations: {} is not the path of a file; allowed is a path or a list of paths"
        keys = [("expectations", i) if isinstance(value, list) else ("expectations",) for i in no_paths]
        raise mistaken(file, [Mistake(at, what.format(shown(names[i]))) for at, i in zip(keys, no_paths, strict=True)])
    return [Path(os.path.relpath(file.parent / name)) for name in names]
