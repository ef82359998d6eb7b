"""``convparity check-adapter``: what is missing in an adapter, or wrong."""

from __future__ import annotations

from typing import Annotated

import typer


def check_adapter(
    adapter: Annotated[str, typer.Argument(metavar="NAME|FILE.py", help="An adapter, or a file with one of your own.")],
    env: Annotated[
        str | None, typer.Option("--env", metavar="PYTHON", help="The interpreter; default: where it is found.")
    ] = None,
) -> None:
    """Take an adapter through a conformance catalog, and say what is missing in it or wrong."""
    from ..runs.conformance import check

    checked = check(adapter, env)
    print("\n".join(checked.lines))
    raise typer.Exit(1 if checked.wrong else 0)
