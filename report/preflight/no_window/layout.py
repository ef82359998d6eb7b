"""The layout of a line of code in an answer."""

from __future__ import annotations

from collections.abc import Iterator


def code(lead: str, source: str) -> Iterator[str]:
    """Yield a sentence that leads to code, and the code on a line of its own."""
    yield from (lead, "", f"    {source}", "")
