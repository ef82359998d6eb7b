"""Jobs on GitHub Actions: whether this is one, and that nothing we print of others' is a command to it.

A line that starts with ``::`` is a command to the program that runs the job, and ``##[`` begins one anywhere in a
line; a framework's error text may hold either.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


def on_github() -> bool:
    """Whether this is a job on GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def no_commands(stream: TextIO) -> Iterator[None]:
    """On GitHub, have nothing that is printed to the stream meanwhile taken for a command."""
    if not on_github():
        yield
        return
    token = secrets.token_hex(16)  # nobody who wrote a results file can know it
    print(f"::stop-commands::{token}", file=stream, flush=True)
    try:
        yield
    finally:
        print(f"::{token}::", file=stream, flush=True)
