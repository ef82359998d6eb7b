"""Writes the requested output files, with errors that name them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from ..cases.errors import HarnessFault, InputError
from ..cases.text import printable
from ..report.output_file import STDOUT
from .working import working


def check_outputs(outputs: Iterable[Path | None], inputs: Iterable[Path | None] = ()) -> None:
    """Raise InputError for outputs that cannot be written, or would overwrite an input or each other.

    No file is opened.
    """
    taken = {_identity(path): f"{path}, which is an input" for path in inputs if path}
    problems = []
    for path in filter(None, outputs):
        file = _identity(path)
        if path.is_dir():
            problems.append(f"{path}: cannot be written: it is a folder; name a file")
        elif path != STDOUT and (why := _no_folder(path.parent)):
            problems.append(f"{path}: cannot be written: {why}")
        elif file and file in taken:
            problems.append(f"{path}: cannot be written over {taken[file]}; name another file")
        taken[file] = f"{path}, which is another output"
    if problems:
        raise InputError(problems)


def _no_folder(folder: Path) -> str:
    """Return why a folder neither exists nor can be made; empty if it does or can."""
    there = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
    if not there.is_dir():
        return f"{there} is not a folder"
    return "" if there == folder or os.access(there, os.W_OK) else f"no folder can be made in {there}"


def _identity(path: Path) -> tuple[int, int] | str | None:
    """Return a file's identity, the same under all its names; None for a pipe or a device, which can be shared."""
    if path == STDOUT:
        return str(STDOUT)
    try:
        found = path.stat()
    except OSError:  # the file does not exist yet
        return os.path.realpath(path)
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def write(path: Path, writing: Callable[[], object]) -> None:
    """Write a file by calling ``writing``. Raise HarnessFault if that fails, BrokenPipeError if nobody reads it."""
    try:
        with working(f"writing {printable(str(path))}"):
            writing()
    except OSError as error:
        if path == STDOUT and isinstance(error, BrokenPipeError):
            raise
        raise HarnessFault(f"{path}: cannot be written: {error.strerror}") from None
