"""Shows the progress of a run: bars on a terminal, one line in Jupyter, else a line when an environment is done."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..cases.text import count
from .notebook import in_jupyter
from .shared import Progress as Report
from .working import silent


@contextmanager
def showing_progress() -> Iterator[Report]:
    """Yield a callback for the runner that shows its progress in Jupyter, on a terminal or elsewhere."""
    if silent():
        yield _nothing
    elif in_jupyter():
        yield from _in_jupyter()
    elif sys.stderr.isatty():
        yield from _on_terminal()
    else:
        yield _line_when_done


def _on_terminal() -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}
        lock = threading.Lock()

        def update(label: str, done: int, total: int) -> None:
            with lock:
                if label not in tasks:
                    tasks[label] = bars.add_task(label, total=total)  # the default total is 100
            bars.update(tasks[label], completed=done, total=total)

        yield update


def _in_jupyter() -> Iterator[Report]:
    """Yield a callback that shows the state of each environment on one line, and at the end the total."""
    from IPython import display

    show: Callable[..., Any] = display.display  # IPython has no types

    def line(text: str) -> dict[str, str]:
        return {"text/plain": text}

    handle = show(line("starting the frameworks..."), raw=True, display_id=True)
    counts: dict[str, tuple[int, int]] = {}
    lock = threading.Lock()
    last = 0.0

    def update(label: str, done: int, total: int) -> None:
        nonlocal last
        with lock:
            counts[label] = done, total
            if done == total or time.monotonic() - last > 0.3:
                last = time.monotonic()
                so_far = [f"{name} {n}/{of}" for name, (n, of) in sorted(counts.items())]
                handle.update(line("   ".join(so_far)), raw=True)

    try:
        yield update
    finally:
        total = sum(done for done, _ in counts.values())
        observed = f"{count(total, 'observation')} in {', '.join(sorted(counts))}"
        handle.update(line(observed if counts else "nothing was observed"), raw=True)


def _nothing(label: str, done: int, total: int) -> None:
    """Show nothing."""


def _line_when_done(label: str, done: int, total: int) -> None:
    if done == total:
        print(f"{label}: {count(done, 'observation')}", file=sys.stderr)
