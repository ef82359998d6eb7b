"""``convparity cache``: shows or clears the results that are kept from earlier runs."""

from __future__ import annotations

import contextlib
import time
from functools import partial
from typing import Annotated

import typer

from ..cases.errors import HarnessFault
from ..cases.text import count
from ..runs.file_lock import held
from ..runs.outputs import write
from .tables import show, versions


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Delete all cached results.")] = False,
) -> None:
    """Show the location, size and contents of the cache, from which earlier results are reused.

    Also list the results files of stopped runs that had no -o. --clear deletes them too, unless the run is in progress.
    """
    from ..cache.store import Cache
    from ..runs import kept_runs as finished
    from ..runs import scratch

    with contextlib.closing(Cache()) as kept:
        if clear:
            write(kept.path, kept.clear)
            for file in scratch.files():
                if held(file):
                    print(f"{file}: kept, because its run is in progress")
                else:
                    write(file, partial(file.unlink, missing_ok=True))
            print(f"{kept.path}: empty")
            return
        holdings, size = kept.holdings(), kept.size / 2**20
        if kept.problem:
            raise HarnessFault(kept.problem)
    environments = [holding for holding in holdings if holding.kind == "environment" and holding.about]
    observations = sum(holding.entries for holding in environments)
    references = sum(holding.entries for holding in holdings if holding.kind == "references")
    runs = len([holding for holding in holdings if holding.kind == finished.KIND])
    entries = (count(observations, "observation"), count(references, "reference"), count(runs, "whole run"))
    print(f"{kept.path}: {size:.1f} MB, {', '.join(entries)}")
    if left := scratch.files():
        print("Results files of runs in progress or stopped; continue a stopped run with `run ... --resume -o FILE`:")
        for file in left:
            print(f"  {file}")
    rows = []
    for holding in environments:
        packages = versions(holding.about["ready"]["packages"])
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(holding.used))
        rows.append((holding.about["adapter"], packages, holding.about["interpreter"], str(holding.entries), used))
    if rows:
        show(("adapter", "packages", "interpreter", "observations", "last used"), rows)
