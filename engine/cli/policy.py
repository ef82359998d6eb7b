"""Reads the policy, which says what fails a run, from the command's options and the project's settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..environments.project import project_expectations

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
