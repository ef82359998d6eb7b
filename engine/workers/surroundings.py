"""What a worker process was started in: its variables, Keras' own settings, and the packages of its interpreter.

Where one of them has changed, a worker that is still running would not do the same as a new one.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from ..environments.find import EnvironmentSpec, variables_of
from ..environments.interpreters import inherited

KERAS = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}  # what it writes and assumes


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
    """Return the user's settings of Keras that differ from its own; empty if there are none.

    Keras writes a file of its own settings where there is none, which changes nothing. The backend is not among them,
    because a worker is told its own.
    """
    folder = Path(os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras"))
    try:
        text = (folder / "keras.json").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(settings, dict):
        return text
    changed = {name: value for name, value in settings.items() if name != "backend" and value != KERAS.get(name)}
    return json.dumps(changed, sort_keys=True) if changed else ""
