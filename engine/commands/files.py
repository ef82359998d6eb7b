"""Writing the files that were asked for, with errors that name them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..cases.errors import InputError
from ..cases.text import printable
from ..working import working


def check_folders(*paths: Path | None) -> None:
    """Refuse files that could not be written, before the work is done. Raises InputError."""
    problems = [
        f"{path}: cannot be written: there is no folder {path.parent}"
        for path in paths
        if path and not path.parent.is_dir()
    ]
    if problems:
        raise InputError(problems)


def write(path: Path, writing: Callable[[], object]) -> None:
    """Write a file. Raises InputError where the system does not let us."""
    try:
        with working(f"writing {printable(str(path))}"):
            writing()
    except OSError as error:
        raise InputError([f"{path}: cannot be written: {error.strerror}"]) from None
