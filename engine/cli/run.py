"""``convparity run``: observes, judges and reports."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated

import typer

from ..cases.errors import InputError
from ..environments.project import project_catalogs, project_expectations
from ..runs.outputs import check_outputs
from .finish import Wanted, finish, from_cache
from .listing import show_request
from .locked import locks
from .on import On, machines
from .options import (
    HOW,
    WHAT,
    Agree,
    AsWritten,
    Catalogs,
    Envs,
    Expectations,
    FailOn,
    Locks,
    Memory,
    Mode,
    NoCache,
    Output,
    Own,
    Predict,
    Resume,
    Select,
    ShapesOnly,
    ShardOption,
    Timeout,
    With,
)
from .policy import read_policy
from .reporting import NOTHING, reports


@reports
def run(
    catalogs: Catalogs = None,
    select: Select = None,
    shard: ShardOption = None,
    as_written: AsWritten = False,
    shapes_only: ShapesOnly = False,
    predict: Predict = False,
    list_: Annotated[
        bool,
        typer.Option("--list", help="List the cases and environments, and run nothing.", rich_help_panel=WHAT),
    ] = False,
    env: Envs = None,
    with_: With = None,
    mode: Mode = None,
    own: Own = None,
    timeout: Timeout = 30.0,
    memory: Memory = 4.0,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            help="Number of workers to run in parallel (default: number of CPU cores).",
            rich_help_panel=HOW,
        ),
    ] = None,
    on: On = None,
    exit_first: Annotated[
        bool,
        typer.Option("-x", "--exit-first", help="The same as --max-findings 1.", rich_help_panel=HOW),
    ] = False,
    max_findings: Annotated[
        int | None,
        typer.Option(
            "--max-findings",
            metavar="N",
            min=1,
            help="End the run once N layers fail it; those that are expected do not count.",
            rich_help_panel=HOW,
        ),
    ] = None,
    resume: Resume = False,
    no_cache: NoCache = False,
    expectations: Expectations = None,
    fail_on: FailOn = None,
    agree: Agree = None,
    locked: Locks = None,
    output: Output = None,
    wanted: Wanted = NOTHING,
) -> None:
    """Run catalogs of layers in frameworks: report where these differ, why, and what to write instead."""
    from .. import api
    from ..adapters.own.loading import Adapters
    from ..adapters.registry import NAMES
    from ..cases.catalog.catalog import catalog_file
    from ..environments.locked import held_to_lock
    from ..environments.modes import in_modes
    from ..runs import execution
    from ..runs.settings import Settings
    from ..runs.sharding import Shard

    catalogs = catalogs or project_catalogs()
    if not catalogs:
        raise InputError(
            [
                "CATALOG is missing; name one, such as textbook (`convparity catalogs` lists them), or set "
                "tool.convparity.catalogs in pyproject.toml"
            ]
        )
    inputs = (*map(catalog_file, catalogs), *(own or ()), *(expectations or project_expectations()), *(locked or ()))
    check_outputs((output, *wanted.files.values()), inputs)
    baseline, lock = locks(locked)
    start = time.monotonic()
    part = Shard.parse(shard) if shard else None
    settings = Settings(timeout, memory, jobs, as_written, shapes_only, resume, not no_cache, part)
    adapters = Adapters(own or ())
    if predict:
        _check_alone(
            {
                "--env": env,
                "--with": with_,
                "--mode": mode,
                "--adapter": own,
                "-o": output,
                "--resume": resume,
                "--shapes-only": shapes_only,
                "--list": list_,
                "--on": on,
                "--locked with a lock of environments": lock,
            }
        )
        cases = api.chosen_cases(catalogs, select)
        policy = read_policy(expectations, fail_on, agree, baseline, list(NAMES), adapters.names, select is not None)
        report = api.predict(*cases).held_against(policy)
        finish(report, wanted, f", {time.monotonic() - start:.1f} s")
    cases = api.chosen_cases(catalogs, select)
    specs = in_modes(held_to_lock(api.specs(env, adapters, with_ or ()), lock), mode)
    labels = [spec.label for spec in specs]
    partial = select is not None or part is not None
    policy = read_policy(expectations, fail_on, agree, baseline, labels, adapters.names, partial)
    if list_:
        show_request([cases[i] for i in part.positions(len(cases))] if part else cases, specs)
        return
    settings = replace(settings, max_findings=1 if exit_first else max_findings, policy=policy)
    with machines(on):
        report = execution.run_in(cases, specs, output, settings)
    report = report.held_against(policy)
    finish(report, wanted, f"{from_cache(report)}, {time.monotonic() - start:.1f} s")


def _check_alone(options: dict[str, object]) -> None:
    """Raise InputError if an option is given that makes no sense with --predict."""
    if wrong := [name for name, value in options.items() if value]:
        raise InputError([f"{wrong[0]}: cannot be combined with --predict, which runs nothing and observes nothing"])
