"""``--locked``: which kind of lock each of its files is, of what layers do or of what is installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..cases.errors import InputError


def locks(files: Sequence[Path] | None) -> tuple[Path | None, Path | None]:
    """Return the lock of ``convparity lock`` and that of ``convparity envs lock``; None where it is not given.

    Raise InputError if there are two of one kind.
    """
    kinds: dict[bool, Path] = {}
    for file in files or ():
        other = kinds.setdefault(_of_environments(file), file)
        if other is not file:
            raise InputError([f"--locked: {other} and {file} are locks of the same kind; give one of them"])
    return kinds.get(False), kinds.get(True)


def _of_environments(file: Path) -> bool:
    """Return whether a file is a lock of environments; what cannot be read is an error where it is used."""
    from ..environments.managed.lockfile import NAME

    try:
        return file.name == NAME or "[[environment]]" in file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return False
