"""Plain text, such as the help of an option, as Markdown that shows the same."""

from __future__ import annotations

SPECIAL = "\\*_[]<>|{}$#"


def plain(text: str) -> str:
    """Return plain text as Markdown. Code in backquotes stays code."""
    parts = text.split("`")
    return "`".join(part if n % 2 else _escaped(part) for n, part in enumerate(parts))


def code(text: str) -> str:
    """Return text as code within a cell of a table."""
    return f"`{text}`".replace("|", "\\|")


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in text)
