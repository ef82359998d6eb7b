"""Starts other interpreters, so that neither the current folder nor a stray variable decides what they execute.

The environment variables that say where a user's packages are keep their meaning: PYTHONPATH, without entries that
depend on the current folder, PYTHONUSERBASE and PYTHONNOUSERSITE. Python's other variables are not passed on.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping

from ..adapters.running import VARIABLES

# The first thing that is executed: "-c" puts the current folder first, as "", where any module may shadow another.
FIRST = "import sys; sys.path[:] = [place for place in sys.path if place]\n"
PASSED_ON = ("PYTHONNOUSERSITE", "PYTHONUSERBASE", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")


def command(python: str, code: str, *arguments: str) -> list[str]:
    """Return the command that executes Python code in an interpreter, without the current folder on its path.

    Raise FileNotFoundError for a name, which was not found on the PATH: the system would look in other places.
    """
    if not os.path.dirname(python):
        hint = "it is not on the PATH, and a path to an interpreter or an environment has a slash"
        raise FileNotFoundError(errno.ENOENT, hint, python)
    return [python, "-c", FIRST + code, *arguments]


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment that another interpreter is started with."""
    kept = {name: value for name, value in environ.items() if not name.startswith("PYTHON") or name in PASSED_ON}
    for name in VARIABLES.values():  # which only an environment itself may choose
        kept.pop(name, None)
    places = [place for place in environ.get("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(place)]
    return {**kept, "PYTHONPATH": os.pathsep.join(places)} if places else kept
