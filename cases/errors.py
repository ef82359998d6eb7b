"""The two ways a request to convparity can fail before any framework has said a word.

Both carry whole, printable sentences: the command prints them as they are and picks the exit status.
"""

from __future__ import annotations

from collections.abc import Iterable

# Exit statuses of the command.
DIVERGES, BAD_INPUT, FAULT, INTERRUPTED = 1, 2, 3, 130


class InputError(ValueError):
    """What the user gave cannot be used (exit status 2).

    ``problems`` holds one line each, all of those found, not only the first.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: list[str] = list(problems)
        super().__init__("\n".join(self.problems))


class HarnessFault(RuntimeError):
    """The harness failed, not a framework: no interpreter, a worker that cannot start and the like (exit status 3)."""
