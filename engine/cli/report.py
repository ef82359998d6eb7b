"""``convparity report``: reports the verdicts on earlier observations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..environments.project import project_expectations
from ..runs.outputs import check_outputs
from .finish import Wanted, finish
from .options import UNPACKED, Agree, Expectations, FailOn, Locked, Unpacked
from .policy import read_policy
from .reporting import NOTHING, reports


@reports
def report(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS...", help="Results files written by observe or run -o.")
    ],
    expectations: Expectations = None,
    fail_on: FailOn = None,
    agree: Agree = None,
    locked: Locked = None,
    unpacked: Unpacked = UNPACKED,
    wanted: Wanted = NOTHING,
) -> None:
    """Merge results files and report the verdicts."""
    from .. import api
    from ..adapters.own.loading import Adapters

    check_outputs(wanted.files.values(), (*results, *(expectations or project_expectations()), locked))
    merged = api.read_results(*results, unpacked=unpacked)
    labels = [environment.label for environment in merged.environments]
    adapters = {*Adapters().names, *(environment.adapter for environment in merged.environments)}
    policy = read_policy(expectations, fail_on, agree, locked, labels, sorted(adapters))
    finish(merged.held_against(policy), wanted)
