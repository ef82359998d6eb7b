"""Jobs on GitHub Actions: whether this is one, and that nothing we print of others' is a command to it.

A line that starts with ``::`` is a command to the program that runs the job, and ``##[`` begins one anywhere in a
line; a framework's error text may hold either. The command line is as a whole within :func:`no_commands`.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_tokens: list[str] = []  # of the no_commands that are entered


def on_github() -> bool:
    """Whether this is a job on GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def no_commands() -> Iterator[None]:
    """On GitHub, have nothing that is printed meanwhile taken for a command, but for what :func:`command` prints."""
    if not on_github():
        yield
        return
    token = secrets.token_hex(16)  # nobody who wrote a results file can know it
    _tokens.append(token)
    _say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        _tokens.remove(token)
        _say(f"::{token}::")


def command(lines: Iterable[str]) -> None:
    """Print commands that GitHub is to obey, whether or not within :func:`no_commands`."""
    for token in reversed(_tokens):
        _say(f"::{token}::")
    for line in lines:
        print(line)
    for token in _tokens:
        _say(f"::stop-commands::{token}")


def _say(line: str) -> None:
    for stream in (sys.stdout, sys.stderr):
        print(line, file=stream, flush=True)
