"""Tells how a hunt goes: one line that changes on a terminal, elsewhere a line from time to time."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..cases.text import count
from ..runs.working import silent
from .hunted import Hunted

PAUSE = 20.0  # seconds between two lines, where they do not replace each other
Say = Callable[[str], None]


@contextmanager
def saying() -> Iterator[Say]:
    """Yield a function that shows a line of progress, unless progress is silenced."""
    if silent():
        yield lambda text: None
        return
    if not sys.stderr.isatty():
        yield _from_time_to_time()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting the frameworks", total=None)
        yield lambda text: shown.update(task, description=text)


def _from_time_to_time() -> Say:
    last = -math.inf

    def say(text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= PAUSE:
            last = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    return say


def told(hunted: Hunted, left: float) -> str:
    """Return the line of progress of a hunt with this many seconds left."""
    said = [f"{count(hunted.drawn, 'layer')} ({hunted.rate:.1f} a second)", count(len(hunted.findings), "finding")]
    if hunted.known:
        said.append(f"{len(hunted.known)} known")
    if math.isfinite(left):
        said.append(f"{max(left, 0) // 60:.0f}:{max(left, 0) % 60:02.0f} left" if left > 0 else "shrinking the last")
    return "hunting: " + ", ".join(said)
