"""What a case may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Seconds of wall time, and bytes of memory beyond what the import took."""

    timeout: float = 30.0
    memory: int = 4 * 2**30
