"""Prepares the standard streams: all of them are open, and a failure to print is distinguished from other errors.

Otherwise a file that we open could become standard error, and a full disk behind ``>`` would look like our bug.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast


class Unprintable(Exception):
    """Standard output cannot be written."""


def prepare() -> None:
    """Open closed streams (``>&-``) on the null device, and make standard output raise Unprintable on failure."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest free number, which is this one
    stdout, stderr = (
        stream or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
        for stream in (sys.stdout, sys.stderr)
    )
    sys.stdout = cast(TextIO, _Stream(stdout, _lost))
    sys.stderr = cast(TextIO, _Stream(stderr, _passed_over))


def drop(*streams: TextIO) -> None:
    """Discard anything written to streams from now on, and anything that is still buffered."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nothing, stream.fileno())
    os.close(nothing)


class _Stream:
    """A stream that calls ``failed`` when a write fails, unless it is a pipe that nobody reads."""

    def __init__(self, stream: TextIO, failed: Callable[[OSError], None]) -> None:
        self._stream, self._failed = stream, failed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._judging():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._judging():
            self._stream.flush()

    @contextmanager
    def _judging(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            self._failed(error)


def _lost(error: OSError) -> None:
    raise Unprintable(f"standard output cannot be written: {error.strerror}") from None


def _passed_over(error: OSError) -> None:
    """Ignore the error, because there is no place left to report it."""
