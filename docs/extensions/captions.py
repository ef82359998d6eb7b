"""The captions of the table of contents, which Sphinx calls headings without saying of which level."""

from __future__ import annotations

from typing import Any

TREE = "furo_navigation_tree"
AFTER_FURO = 900  # of priorities, of which 500 is the usual one


def setup(app: Any) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("html-page-context", _level, priority=AFTER_FURO)
    return {"parallel_read_safe": True}


def _level(app: Any, name: str, template: str, context: dict[str, Any], page: Any) -> None:
    if TREE in context:
        context[TREE] = context[TREE].replace('role="heading"', 'role="heading" aria-level="2"')
