"""``convparity lock``: writes a baseline to commit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import HarnessFault
from ..cases.text import count, printable
from ..runs.outputs import check_outputs, write
from .options import UNPACKED, Unpacked

DEFAULT = Path("convparity.lock")


def lock(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS...", help="Results files written by observe or run -o.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Lock file to write or update.")
    ] = DEFAULT,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove the lines of anything that is not in RESULTS.")
    ] = False,
    unpacked: Unpacked = UNPACKED,
) -> None:
    """Record the result of every case in every environment in a text file to commit; --locked compares runs with it."""
    from .. import api
    from ..report import output_file
    from ..report.policy.lock import Lock

    check_outputs([output], results)
    earlier = Lock.read(output) if output.exists() else Lock()
    report = api.read_results(*results, unpacked=unpacked)
    if report.unreliable:
        doubt = printable(report.doubts[0], 700)
        raise HarnessFault(f"{output}: not written, because this run cannot be a baseline: {doubt}")
    made = earlier.updated(report.run, prune)
    text = made.text()
    if not output.exists() or text != output.read_text(encoding="utf-8"):
        write(output, lambda: output_file.write(output, text.encode()))
    keys = {*made.facts, *earlier.facts}
    changed = len([key for key in keys if made.facts.get(key) != earlier.facts.get(key)])
    print(f"{output}: {count(len(made.facts), 'line')}, {changed} of them new or changed")
