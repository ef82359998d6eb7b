"""Reads the policy, which decides whether a run fails, from the command's options and the project's settings."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..environments.project import project_agree, project_expectations, project_fail_on

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
    means that cases were left out on purpose. Everything else comes from the project's settings. Raise
    InputError with every mistake.
    """
    from ..report.policy.expectations_file import load_expectations
    from ..report.policy.failures import Policy
    from ..report.policy.gate import check_labels, read_gate

    origins = (
        "--fail-on" if fail_on else "tool.convparity.fail-on",
        "--agree" if agree else "tool.convparity.agree",
    )
    gate = read_gate(fail_on or project_fail_on(), agree or project_agree(), locked, origins)
    if agree:
        check_labels(gate, labels)
    else:
        gate = gate.among(labels)
    named = list(expectations or ())
    files = named or project_expectations()
    there = [file for file in files if named or file.exists()]
    for file in files:
        if file not in there:
            print(f"{file} does not exist yet; `convparity expect update RESULTS` makes it", file=sys.stderr)
    return Policy(gate, tuple(load_expectations(there, adapters)) if files else None, partial)
