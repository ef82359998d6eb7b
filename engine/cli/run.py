"""``convparity run``: observes, judges and reports."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

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
    Own,
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
    resume: Resume = False,
    no_cache: NoCache = False,
    expectations: Expectations = None,
    fail_on: FailOn = None,
    agree: Agree = None,
    locked: Locked = None,
    shard: ShardOption = None,
    exit_zero: ExitZero = False,
) -> None:
    """Run catalogs in every environment and report the verdicts."""
    from .. import api
    from ..adapters.own.loading import Adapters
    from ..cases.catalog.catalog import catalog_file
    from ..runs import execution
    from ..runs.runner import Settings
    from ..runs.sharding import Shard

    wanted = Wanted(files, exit_zero)
    inputs = (*map(catalog_file, catalogs), *(own or ()), *(expectations or project_expectations()), locked)
    check_outputs((output, *files.values()), inputs)
    start = time.monotonic()
    part = Shard.parse(shard) if shard else None
    settings = Settings(timeout, memory, jobs, as_written, shapes_only, resume, not no_cache, part)
    adapters = Adapters(own or ())
    cases, specs = api.chosen_cases(catalogs, select), api.specs(env, adapters, with_ or ())
    labels = [spec.label for spec in specs]
    partial = select is not None or part is not None
    policy = read_policy(expectations, fail_on, agree, locked, labels, adapters.names, partial)
    report = execution.run_in(cases, specs, output, settings)
    report = report.held_against(policy)
    finish(report, wanted, f"{from_cache(report)}, {time.monotonic() - start:.1f} s")
