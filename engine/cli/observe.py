"""``convparity observe``: observes one environment, as a job of a CI matrix does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import FAULT, INTERRUPTED
from ..runs.outputs import check_outputs
from .finish import faults, from_cache
from .options import AsWritten, Catalogs, Memory, NoCache, Own, Resume, Select, ShapesOnly, ShardOption, Timeout


def observe(
    environment: Annotated[str, typer.Argument(metavar="[LABEL:]ADAPTER[=PYTHON]", help="The environment.")],
    catalogs: Catalogs,
    output: Annotated[Path, typer.Option("-o", metavar="RESULTS", help="Results file to write.")],
    own: Own = None,
    select: Select = None,
    timeout: Timeout = 30.0,
    memory: Memory = 4.0,
    as_written: AsWritten = False,
    shapes_only: ShapesOnly = False,
    resume: Resume = False,
    no_cache: NoCache = False,
    shard: ShardOption = None,
) -> None:
    """Run catalogs in one environment and only write the results file, as one job of a CI matrix."""
    from .. import api
    from ..adapters.own.loading import Adapters
    from ..cases.catalog.catalog import catalog_file
    from ..environments.find import find_one
    from ..runs import execution
    from ..runs.runner import Settings
    from ..runs.sharding import Shard

    check_outputs([output], (*map(catalog_file, catalogs), *(own or ())))
    part = Shard.parse(shard) if shard else None
    settings = Settings(timeout, memory, 1, as_written, shapes_only, resume, not no_cache, part)
    specs = [find_one(environment, "ENVIRONMENT", Adapters(own or ()))]
    report = execution.run_in(api.chosen_cases(catalogs, select), specs, output, settings)
    for note in report.results.notes:
        print(note, file=sys.stderr)
    observed = report.counts.total()
    print(f"{output}: {observed} of {len(report.cases)} cases observed{from_cache(report)}", file=sys.stderr)
    faults(report)
    if not report.complete:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(FAULT if report.results.faults else 0)
