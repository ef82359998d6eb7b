"""The two errors with which a request to convparity can fail before any framework has answered.

Both hold complete, printable sentences: the command prints them unchanged and chooses the exit status.
"""

from __future__ import annotations

from collections.abc import Iterable

# Exit statuses of the command.
DIVERGES, BAD_INPUT, FAULT, INTERRUPTED = 1, 2, 3, 130


class InputError(ValueError):
    """The user's input cannot be used (exit status 2).

    ``problems`` holds all problems that were found, not only the first, each as one line.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: list[str] = list(problems)
        super().__init__("\n".join(self.problems))


class HarnessFault(RuntimeError):
    """The run failed, not a framework: no interpreter, a worker that cannot start, and so on (exit status 3)."""
