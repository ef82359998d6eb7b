"""``convparity check-adapter``: reports what an adapter lacks or gets wrong."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import With


def check_adapter(
    adapter: Annotated[
        str, typer.Argument(metavar="NAME|FILE.py", help="Name of an adapter, or a Python file with your own.")
    ],
    env: Annotated[
        str | None,
        typer.Option(
            "--env", metavar="PYTHON", help="Interpreter to run it in (default: the one that has its framework)."
        ),
    ] = None,
    with_: With = None,
) -> None:
    """Run a conformance catalog with an adapter, and report what it lacks or gets wrong."""
    from ..runs.conformance import check

    checked = check(adapter, env, with_ or ())
    print("\n".join(checked.lines))
    raise typer.Exit(1 if checked.wrong else 0)
