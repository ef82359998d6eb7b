"""The limits of a case."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a case: seconds of wall time, and bytes of memory beyond what the import takes."""

    timeout: float = 30.0
    memory: int = 4 * 2**30
