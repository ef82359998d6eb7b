"""The results files of runs without ``-o``, which are kept if a run is stopped, so that nothing is lost."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

SUFFIX = ".jsonl"


def folder() -> Path:
    """Return the folder of these files in the user's cache folder; it may not exist."""
    return Path(platformdirs.user_cache_dir("convparity")) / "runs"


def new_file() -> Path:
    """Return a new empty file for a run, which deletes it when it is complete."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(SUFFIX, dir=folder())
    except OSError:  # a run also works without a cache folder
        handle, name = tempfile.mkstemp(SUFFIX, "convparity-")
    os.close(handle)
    return Path(name)


def files() -> list[Path]:
    """Return the files of runs that were stopped or are in progress."""
    return sorted(folder().glob(f"*{SUFFIX}"))
