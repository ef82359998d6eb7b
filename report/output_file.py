"""Writes output files whole: into a new file beside the old one, which then takes its place.

Nobody can make this write anywhere else: the new file has a name that nobody can guess and must not exist, and a
symbolic link is followed only if it belongs to the user or the administrator. A pipe or a device is written directly.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TextIO

from .ownership import owner_of_link, trusted

STDOUT = Path("-")
NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # Windows has none
NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_LINK | getattr(os, "O_BINARY", 0)


def write(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file whole, or to the standard output. Its folder is made if there is none. Raise OSError where it fails.

    A failure leaves neither an incomplete nor a changed file.
    """
    parts = [content] if isinstance(content, bytes) else content
    if path == STDOUT:
        sys.stdout.write(b"".join(parts).decode())
        sys.stdout.flush()
        return
    target = resolved(path)
    if target.exists() and not target.is_file():
        with target.open("wb") as device:
            device.writelines(parts)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    file, temporary = _create_beside(target)
    try:
        with file:
            file.writelines(parts)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def appending(path: Path) -> TextIO:
    """Return a file of text that is appended to, so that each line is there at once. Raise OSError where that fails."""
    target = resolved(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    more = 0 if target.is_symlink() else NO_LINK  # only a device such as /dev/stdout still is a link

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | more, 0o666)

    return open(target, "a", encoding="utf-8", newline="\n", opener=opener)


def _create_beside(target: Path) -> tuple[IO[bytes], Path]:
    """Return a new empty file in the folder of another, with the permissions of that, if it exists; and its path."""
    temporary = target.with_name(f".{target.name[:50]}.{os.urandom(8).hex()}.tmp")
    number = os.open(temporary, NEW, 0o666)
    with contextlib.suppress(OSError):  # there is no other, or a file system without permissions
        os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
    return os.fdopen(number, "w+b"), temporary


def resolved(path: Path) -> Path:
    """Return the file that a path names, through symbolic links. Raise OSError for a link that somebody else made."""
    for _ in range(40):  # as many as Linux follows
        if not path.is_symlink():
            return path
        if not trusted(owner_of_link(path)):
            raise OSError(errno.EPERM, "it is a symbolic link that another user made", str(path))
        place = os.readlink(path)
        if str(path).startswith(("/dev/", "/proc/")):  # such as /dev/stdout, whose target may have no name
            return path
        path = path.parent / place
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
