"""A results file is its run's while that writes it: an advisory lock, where the system has them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import IO


def hold(file: IO[str]) -> None:
    """Hold a file until it is closed. Raises BlockingIOError where another run does."""
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


def held(path: Path) -> bool:
    """Whether a run writes a file."""
    with contextlib.suppress(FileNotFoundError), path.open(encoding="utf-8") as file:
        try:
            hold(file)
        except BlockingIOError:
            return True
    return False
