"""The option ``--on``: which machines a run happens on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from .options import HOW

On = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="ray|ray://HOST:PORT",
        help="Run on the nodes of a Ray cluster: the one that this machine is in, or that of an address.",
        rich_help_panel=HOW,
    ),
]


@contextmanager
def machines(on: str | None) -> Iterator[None]:
    """Let every run inside the block happen on a cluster; without ``on``, on this machine."""
    if on is None:
        yield
        return
    from ..clusters.ray import cluster

    with cluster(on):
        yield
