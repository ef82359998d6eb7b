"""``convparity lock``: a baseline to commit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import HarnessFault
from ..cases.text import printable
from ..runs.outputs import check_outputs, write

DEFAULT = Path("convparity.lock")


def lock(
    results: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Files of observe, or of run -o.")],
    output: Annotated[Path, typer.Option("-o", metavar="FILE", help="Written, or brought up to date.")] = DEFAULT,
    prune: Annotated[bool, typer.Option("--prune", help="Drop the lines of what is not in RESULTS.")] = False,
) -> None:
    """Write what every case does in every environment as a text file to commit, for --locked to hold runs against."""
    from .. import api
    from ..report.policy.lock import Lock

    check_outputs([output], results)
    earlier = Lock.read(output) if output.exists() else Lock()
    report = api.read_results(*results)
    if report.unreliable:
        raise HarnessFault(f"{output}: not written; such a run is no baseline: {printable(report.doubts[0], 700)}")
    made = earlier.updated(report.run, prune)
    text = made.text()
    if not output.exists() or text != output.read_text(encoding="utf-8"):
        write(output, lambda: output.write_text(text, encoding="utf-8", newline="\n"))
    changed = sum(made.facts.get(key) != earlier.facts.get(key) for key in {*made.facts, *earlier.facts})
    print(f"{output}: {len(made.facts)} lines, {changed} of them new or changed")
