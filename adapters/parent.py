"""The end of a process with the one that started it.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import contextlib
import signal
import sys

PR_SET_PDEATHSIG = 1  # of Linux's prctl


def die_with_parent() -> None:
    """Make Linux kill this process when the thread that started it ends.

    A process in native code would not notice the end of its input. Forks have to call this again.
    """
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):  # then the end of the input has to suffice
            import ctypes

            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
