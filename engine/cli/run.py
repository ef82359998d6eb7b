"""``convparity run``: observes, judges and reports."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import InputError
from ..environments.project import project_expectations
from ..runs.outputs import check_outputs
from .finish import Wanted, finish, from_cache
from .options import (
    NO_FILES,
    Agree,
    AsWritten,
    Catalogs,
    Envs,
    ExitZero,
    Expectations,
    FailOn,
    Files,
    Locked,
    Memory,
    NoCache,
    Open,
    Own,
    Predict,
    Resume,
    Select,
    ShapesOnly,
    ShardOption,
    Timeout,
    With,
    writes_files,
)
from .policy import read_policy


@writes_files
def run(
    catalogs: Catalogs,
    env: Envs = None,
    with_: With = None,
    own: Own = None,
    output: Annotated[
        Path | None, typer.Option("-o", metavar="RESULTS", help="Write the observations to this results file.")
    ] = None,
    files: Files = NO_FILES,
    select: Select = None,
    timeout: Timeout = 30.0,
    memory: Memory = 4.0,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", metavar="N", min=1, help="Number of workers to run in parallel (default: number of CPU cores)."
        ),
    ] = None,
    as_written: AsWritten = False,
    shapes_only: ShapesOnly = False,
    predict: Predict = False,
    resume: Resume = False,
    no_cache: NoCache = False,
    expectations: Expectations = None,
    fail_on: FailOn = None,
    agree: Agree = None,
    locked: Locked = None,
    shard: ShardOption = None,
    open_: Open = False,
    exit_zero: ExitZero = False,
) -> None:
    """Run catalogs in every environment and report the verdicts."""
    from .. import api
    from ..adapters.own.loading import Adapters
    from ..adapters.registry import NAMES
    from ..cases.catalog.catalog import catalog_file
    from ..runs import execution
    from ..runs.runner import Settings
    from ..runs.sharding import Shard

    wanted = Wanted(files, exit_zero, open_)
    inputs = (*map(catalog_file, catalogs), *(own or ()), *(expectations or project_expectations()), locked)
    check_outputs((output, *files.values()), inputs)
    start = time.monotonic()
    part = Shard.parse(shard) if shard else None
    settings = Settings(timeout, memory, jobs, as_written, shapes_only, resume, not no_cache, part)
    adapters = Adapters(own or ())
    if predict:
        _check_alone(
            {
                "--env": env,
                "--with": with_,
                "--adapter": own,
                "-o": output,
                "--resume": resume,
                "--shapes-only": shapes_only,
            }
        )
        cases = api.chosen_cases(catalogs, select)
        policy = read_policy(expectations, fail_on, agree, locked, list(NAMES), adapters.names, select is not None)
        report = api.predict(*cases).held_against(policy)
        finish(report, wanted, f", {time.monotonic() - start:.1f} s")
    cases, specs = api.chosen_cases(catalogs, select), api.specs(env, adapters, with_ or ())
    labels = [spec.label for spec in specs]
    partial = select is not None or part is not None
    policy = read_policy(expectations, fail_on, agree, locked, labels, adapters.names, partial)
    report = execution.run_in(cases, specs, output, settings)
    report = report.held_against(policy)
    finish(report, wanted, f"{from_cache(report)}, {time.monotonic() - start:.1f} s")


def _check_alone(options: dict[str, object]) -> None:
    """Raise InputError if an option is given that makes no sense with --predict."""
    if wrong := [name for name, value in options.items() if value]:
        raise InputError([f"{wrong[0]}: cannot be combined with --predict, which runs nothing and observes nothing"])
