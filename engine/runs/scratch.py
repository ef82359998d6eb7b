"""Where a run without ``-o`` keeps its observations, so that stopping it loses nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

SUFFIX = ".jsonl"


def folder() -> Path:
    """The folder, in the user's cache directory; it may not exist."""
    return Path(platformdirs.user_cache_dir("convparity")) / "runs"


def new_file() -> Path:
    """An empty file for a run, which is deleted when that is complete."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(SUFFIX, dir=folder())
    except OSError:  # no place for a cache is no reason to fail
        handle, name = tempfile.mkstemp(SUFFIX, "convparity-")
    os.close(handle)
    return Path(name)


def files() -> list[Path]:
    """The files of runs that were stopped, or are under way."""
    return sorted(folder().glob(f"*{SUFFIX}"))
