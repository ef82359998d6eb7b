"""``convparity observe``: observes one environment, as a job of a CI matrix does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import FAULT, INTERRUPTED, InputError
from ..cases.text import count
from ..runs.outputs import check_outputs
from ..runs.working import silence
from .finish import faults, from_cache
from .on import On, machines
from .options import (
    OUTPUT,
    AsWritten,
    LockedEnvironments,
    Memory,
    Mode,
    NoCache,
    Own,
    Resume,
    Select,
    ShapesOnly,
    ShardOption,
    Timeout,
    With,
)
from .reporting import Quiet


def observe(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="[LABEL:]ADAPTER[=PYTHON] CATALOG...",
            help="The environment, unless --with names it, and catalogs as in run.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="RESULTS", help="Results file to write.", rich_help_panel=OUTPUT)
    ],
    with_: With = None,
    mode: Mode = None,
    own: Own = None,
    locked: LockedEnvironments = None,
    select: Select = None,
    timeout: Timeout = 30.0,
    memory: Memory = 4.0,
    as_written: AsWritten = False,
    shapes_only: ShapesOnly = False,
    resume: Resume = False,
    no_cache: NoCache = False,
    shard: ShardOption = None,
    on: On = None,
    quiet: Quiet = False,
) -> None:
    """Run catalogs in one environment and only write the results file, as one job of a CI matrix."""
    from .. import api
    from ..adapters.own.loading import Adapters
    from ..cases.catalog.catalog import catalog_file
    from ..environments.find import find_one
    from ..environments.locked import held_to_lock
    from ..environments.modes import in_modes
    from ..environments.ready import with_option
    from ..runs import execution
    from ..runs.settings import Settings
    from ..runs.sharding import Shard

    if quiet:
        silence()
    catalogs = names if with_ else names[1:]
    if not catalogs:
        raise InputError(["CATALOG is missing; name one after the environment, such as textbook"])
    check_outputs([output], (*map(catalog_file, catalogs), *(own or ()), locked))
    part = Shard.parse(shard) if shard else None
    settings = Settings(timeout, memory, None if on else 1, as_written, shapes_only, resume, not no_cache, part)
    adapters = Adapters(own or ())
    specs = with_option(with_, adapters) if with_ else [find_one(names[0], "ENVIRONMENT", adapters)]
    if len(specs) > 1:
        raise InputError([f"--with: {len(specs)} environments; observe runs one"])
    specs = in_modes(held_to_lock(specs, locked), mode)
    if len(specs) > 1:
        raise InputError([f"--mode: {len(specs)} modes; observe runs one"])
    with machines(on):
        report = execution.run_in(api.chosen_cases(catalogs, select), specs, output, settings)
    for note in report.results.notes:
        print(note, file=sys.stderr)
    observed = report.counts.total()
    cases = count(len(report.cases), "case")
    print(f"{output}: {observed} of {cases} observed{from_cache(report)}", file=sys.stderr)
    faults(report)
    if not report.complete:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(FAULT if report.results.faults else 0)
