"""Tells the user about slow steps before and after a run, such as reading, comparing and writing."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 2.0  # seconds
_silent = threading.Event()
_here = threading.local()


def silence() -> None:
    """Show no progress from now on."""
    _silent.set()


@contextmanager
def in_background() -> Iterator[None]:
    """Show no progress of what this thread does inside the block."""
    before = getattr(_here, "silent", False)
    _here.silent = True
    try:
        yield
    finally:
        _here.silent = before


def silent() -> bool:
    """Return whether no progress is shown, in this thread."""
    return _silent.is_set() or getattr(_here, "silent", False)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show the current step: at once on a terminal, elsewhere only if it takes longer than PATIENCE."""
    if silent():
        yield
        return
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
            shown.add_task(what, total=None)
            yield
        return
    said = threading.Timer(PATIENCE, print, [f"{what}..."], {"file": sys.stderr, "flush": True})
    said.daemon = True
    said.start()
    try:
        yield
    finally:
        said.cancel()
