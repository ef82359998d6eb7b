"""What a worker process was started in: its variables, Keras' own settings, and the packages of its interpreter.

Where one of them has changed, a worker that is still running would not do the same as a new one.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..environments.find import EnvironmentSpec, variables_of
from ..environments.interpreters import inherited


def surroundings(spec: EnvironmentSpec) -> tuple[object, ...]:
    """Return a value that changes with the surroundings of an environment's worker."""
    variables = {**inherited(os.environ), **variables_of(spec)}
    own = spec.own.text if spec.own else b""
    return tuple(sorted(variables.items())), keras_configuration(), own, packages(spec.python)


def packages(python: str) -> tuple[tuple[str, int], ...]:
    """Return the folders of an interpreter's packages with their times, which installing or removing one changes."""
    home = Path(python).parent.parent
    folders = sorted({*home.glob("lib*/python*/*-packages"), *home.glob("Lib/site-packages")})
    found = []
    for folder in folders:
        try:
            found.append((str(folder), folder.stat().st_mtime_ns))
        except OSError:
            continue
    return tuple(found)


def keras_configuration() -> str:
    """Return the user's settings of Keras; empty if there are none."""
    folder = Path(os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras"))
    try:
        return (folder / "keras.json").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
