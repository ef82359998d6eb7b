"""Finds a Python interpreter for an environment, as virtualenv does."""

from __future__ import annotations

import sys

from ...cases.errors import HarnessFault


def find_python(wanted: str) -> tuple[str, str]:
    """Return the path and the version of an interpreter: the one that runs this if it will do, else another.

    ``wanted`` is a path, a version or a specifier. Raise HarnessFault if there is none.
    """
    from python_discovery import PythonInfo, get_interpreter  # slow to import, and only needed to make an environment

    def real(found: PythonInfo) -> bool:
        return found.implementation == "CPython"

    # The base of a virtual environment outlives it.
    here = getattr(sys, "_base_executable", None) or sys.executable
    found = get_interpreter(wanted, try_first_with=[here], predicate=real)
    if found is None:
        hint = "install it, or name the path of one, as in ADAPTER,python==/path/to/python"
        raise HarnessFault(f"no Python {wanted} is found; {hint}")
    version = ".".join(map(str, found.version_info[:3]))
    return str(found.system_executable or found.executable), version
