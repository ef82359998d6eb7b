"""Support for jobs on GitHub Actions: detecting one, and keeping quoted text from being read as a command.

A line that starts with ``::`` is a command to the program that runs the job, and ``##[`` begins one anywhere in a
line; a framework's error text may hold either. The whole command line runs within :func:`no_commands`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

_tokens: list[str] = []  # one for each no_commands in progress, outermost first


def on_github() -> bool:
    """Return whether this is a job on GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def no_commands() -> Iterator[None]:
    """On GitHub, keep anything printed inside the block from being read as a command, except by :func:`command`."""
    if not on_github():
        yield
        return
    token = os.urandom(16).hex()  # random, so that text in a results file cannot contain it
    _tokens.append(token)
    _say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        _tokens.remove(token)
        _say(f"::{token}::")


def command(lines: Iterable[str]) -> None:
    """Print commands for GitHub to obey, inside or outside :func:`no_commands`."""
    for token in reversed(_tokens):
        _say(f"::{token}::")
    for line in lines:
        print(line, file=_streams()[-1])
    for token in _tokens:
        _say(f"::stop-commands::{token}")


def _streams() -> list[TextIO]:
    """Return the streams that people see. One is left out if it is for a program to read, as with ``--json -``."""
    for_a_program = any(argument == "-" or argument.endswith("=-") for argument in sys.argv[1:])
    return [sys.stderr] if for_a_program else [sys.stderr, sys.stdout]


def _say(line: str) -> None:
    for stream in _streams():
        print(line, file=stream, flush=True)
