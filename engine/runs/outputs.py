"""Writing the files that were asked for, with errors that name them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from ..cases.errors import HarnessFault, InputError
from ..cases.text import printable
from .working import working


def check_outputs(outputs: Iterable[Path | None], inputs: Iterable[Path | None] = ()) -> None:
    """Refuse files that could not be written, or only over an input or each other, before any of them is opened.

    Raises InputError.
    """
    taken = {_identity(path): f"{path}, which is read" for path in inputs if path}
    problems = []
    for path in filter(None, outputs):
        file = _identity(path)
        if path.is_dir():
            problems.append(f"{path}: cannot be written: it is a folder; name a file")
        elif not path.parent.is_dir():
            problems.append(f"{path}: cannot be written: there is no folder {path.parent}")
        elif file and file in taken:
            problems.append(f"{path}: cannot be written over {taken[file]}; name another file")
        taken[file] = f"{path}, which is written too"
    if problems:
        raise InputError(problems)


def _identity(path: Path) -> tuple[int, int] | str | None:
    """What a file is the same by under all its names; None of a pipe or a device, of which nothing is lost."""
    try:
        found = path.stat()
    except OSError:  # it is not there yet
        return os.path.realpath(path)
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def write(path: Path, writing: Callable[[], object]) -> None:
    """Write a file. Raises HarnessFault where the system does not let us."""
    try:
        with working(f"writing {printable(str(path))}"):
            writing()
    except OSError as error:
        raise HarnessFault(f"{path}: cannot be written: {error.strerror}") from None
