"""The worker's two pipes to the controller, which nothing that a framework or a user's code prints can reach.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import os
from typing import TextIO


def taken() -> tuple[TextIO, TextIO]:
    """Return the pipe of requests and that of replies, and leave the log and nothing in their place.

    It has to be called before a framework is imported, so that the output of its C++ code goes to the log too.
    """
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return requests, replies
