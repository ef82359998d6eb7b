"""The two ways a request to convparity can fail before any framework has said a word.

Both carry whole, printable sentences: the command prints them as they are and picks the exit status.
"""

from __future__ import annotations

from typing import Iterable, List


class InputError(ValueError):
    """What the user gave cannot be used (exit status 2).

    ``problems`` holds one line each, all of those found, not only the first.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: List[str] = list(problems)
        super().__init__("\n".join(self.problems))


class HarnessFault(RuntimeError):
    """The harness, not a framework, failed: no interpreter, no framework, a worker that cannot start (exit status 3)."""
