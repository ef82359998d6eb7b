"""Tells the user the progress of an installation: a line for each step, and on a terminal also a clock beside it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...cases.text import count, printable

Tell = Callable[[str], None]


@contextmanager
def telling(name: str) -> Iterator[Tell]:
    """Yield a function that prints a step of making the environment ``name``."""

    def line(step: str) -> None:
        print(f"{name}: {printable(step, 300)}", file=sys.stderr, flush=True)

    if not sys.stderr.isatty():
        yield line
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(name, total=None)

        def step(text: str) -> None:
            shown.console.print(f"{name}: {printable(text, 300)}", markup=False, highlight=False, soft_wrap=True)
            shown.update(task, description=f"{name}: {printable(text, 60)}")

        yield step


def size_text(megabytes: float) -> str:
    """Return ``300 MB`` or ``5.3 GB``."""
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"


def time_text(seconds: float) -> str:
    """Return ``30 seconds`` or ``6 minutes``."""
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{count(round(seconds / 60), 'minute')}"
