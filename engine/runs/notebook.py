"""Says which kind of notebook a run is started from, without importing any: a kernel has imported its own."""

from __future__ import annotations

import sys


def in_notebook() -> bool:
    """Return whether this runs in a notebook, whose process stays between runs."""
    return in_jupyter() or in_marimo()


def in_jupyter() -> bool:
    """Return whether this runs under a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


def in_marimo() -> bool:
    """Return whether this runs in a cell of a marimo notebook that is edited or served, and not run as a script."""
    running = getattr(sys.modules.get("marimo"), "running_in_notebook", None)
    return running is not None and bool(running())
