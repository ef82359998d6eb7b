"""Who owns a file: something that another user put there decides nothing for us."""

from __future__ import annotations

import os
from pathlib import Path


def owner_of(path: Path) -> int | None:
    """Return the user id of the owner of a file, through symbolic links; None if there is no such file."""
    return _uid(path, follow=True)


def owner_of_link(path: Path) -> int | None:
    """Return the user id of the owner of a symbolic link itself, or of a file; None if there is no such file."""
    return _uid(path, follow=False)


def trusted(owner: int | None) -> bool:
    """Return whether a file of this owner may be relied on: it is ours, the administrator's, or there is none."""
    return owner is None or not hasattr(os, "geteuid") or owner in (os.geteuid(), 0)


def _uid(path: Path, follow: bool) -> int | None:
    try:
        return os.stat(path, follow_symlinks=follow).st_uid
    except OSError:
        return None
