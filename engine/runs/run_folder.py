"""The temporary folder of a run, and the clean-up after runs whose process was killed.

The folder holds a lock for as long as its run lives, and is the TMPDIR of all processes that the run starts. So a later
run can tell which folders nobody uses any more, and which processes a dead run has left behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from ..report.ownership import owner_of_link
from .file_lock import locked

PREFIX = "convparity-"
LOCK = "lock"


@contextlib.contextmanager
def run_folder() -> Iterator[Path]:
    """Yield a new folder, which is deleted at the end, after deleting those of runs that were killed."""
    remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        with (folder / f"{LOCK}.new").open("w") as lock:
            locked(lock)
            (folder / f"{LOCK}.new").rename(folder / LOCK)  # so that nobody finds it before it is locked
            yield folder


def remove_abandoned() -> None:
    """Delete our folders whose run is dead, and kill the processes that it left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # another run may be doing the same
            if folder.is_dir() and not folder.is_symlink() and _ours(folder):
                with (folder / LOCK).open("r+") as lock:
                    if locked(lock):
                        _kill_processes_of(folder)
                        shutil.rmtree(folder)


def _ours(folder: Path) -> bool:
    """Return whether a folder is of this user, and not of another whom an administrator may trust."""
    return not hasattr(os, "geteuid") or owner_of_link(folder) == os.geteuid()


def _kill_processes_of(folder: Path) -> None:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("TMPDIR") == str(folder):
                process.kill()
