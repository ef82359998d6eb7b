"""The pool that a run takes its workers from: one that is open around it, that of a notebook, or one of its own."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ..workers.lender import Lender
from ..workers.pool import IDLE, Pool
from .notebook import in_notebook
from .run_folder import run_folder

_open: list[Lender] = []  # those that are open around, the innermost last
_opening = threading.Lock()  # `marimo run` runs the notebooks of all its readers in threads of one process


@contextmanager
def warm(idle: float = IDLE, most: int | None = None) -> Iterator[Pool]:
    """Yield a pool that keeps its workers until the end of the block; it serves no run before :func:`serving`."""
    with run_folder() as folder:
        pool = Pool(folder, True, idle, most)
        try:
            yield pool
        finally:
            pool.close()


@contextmanager
def serving(pool: Lender) -> Iterator[None]:
    """Let every run inside the block take its workers from a pool."""
    _open.append(pool)
    try:
        yield
    finally:
        _open.remove(pool)


@contextmanager
def lent() -> Iterator[Lender]:
    """Yield the pool of a run: the innermost that serves, in a notebook the notebook's, else one that ends with it."""
    if pool := serving_now():
        yield pool
        return
    with run_folder() as folder:
        pool = Pool(folder)
        try:
            yield pool
        finally:
            pool.close()


@contextmanager
def kept() -> Iterator[Lender]:
    """Yield the pool that serves now; where none does, one that serves all runs inside the block."""
    if pool := serving_now():
        yield pool
        return
    with warm() as own, serving(own):
        yield own


def serving_now() -> Lender | None:
    """Return the pool that keeps workers for the next run; None where none does.

    A notebook has one from its first run on, which is closed when its process ends. In ``marimo run``, the readers of a
    notebook share it.
    """
    with _opening:
        if not _open and in_notebook():
            kept = ExitStack()
            _open.append(kept.enter_context(warm()))
            atexit.register(kept.close)
    return _open[-1] if _open else None
