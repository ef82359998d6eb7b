"""Locks a file while a run uses it, with an advisory lock if the system has them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import IO


def hold(file: IO[str]) -> None:
    """Lock a file until it is closed. Raise BlockingIOError if another run has locked it."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return  # a file system without locks


def locked(file: IO[str]) -> bool:
    """Lock a file until it is closed, and return whether that is certain; False where there are no locks."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


def held(path: Path) -> bool:
    """Return whether a run is writing a file."""
    with contextlib.suppress(FileNotFoundError), path.open(encoding="utf-8") as file:
        try:
            hold(file)
        except BlockingIOError:
            return True
    return False
