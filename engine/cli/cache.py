"""``convparity cache``: what is kept of earlier runs."""

from __future__ import annotations

import contextlib
import time
from functools import partial
from typing import Annotated

import typer

from ..cases.errors import HarnessFault
from ..runs.file_lock import held
from ..runs.outputs import write
from .tables import show, versions


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Empty it.")] = False,
) -> None:
    """Show what is kept of earlier runs, so that nothing is run twice: where, how much, of which environments.

    And the results files of runs without -o that were stopped, which --clear deletes too; not of one under way.
    """
    from ..cache.store import Cache
    from ..runs import kept_runs as finished
    from ..runs import scratch

    with contextlib.closing(Cache()) as kept:
        if clear:
            write(kept.path, kept.clear)
            for file in scratch.files():
                if held(file):
                    print(f"{file}: left, as its run is under way")
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
    runs = sum(holding.kind == finished.KIND for holding in holdings)
    entries = f"{observations} observations, {references} references, {runs} whole run{'s' * (runs != 1)}"
    print(f"{kept.path}: {size:.1f} MB, {entries}")
    if left := scratch.files():
        print("Of runs that are under way or were stopped, to be gone on with by `run ... --resume -o FILE`:")
        for file in left:
            print(f"  {file}")
    rows = []
    for holding in environments:
        packages = versions(holding.about["ready"]["packages"])
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(holding.used))
        rows.append((holding.about["adapter"], packages, holding.about["interpreter"], str(holding.entries), used))
    if rows:
        show(("adapter", "packages", "interpreter", "observations", "last used"), rows)
