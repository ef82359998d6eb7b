"""Hooks for displaying objects: formats register their renderers here, so that no object imports a format."""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def notebook_html(shown: object) -> str | None:
    """Return an object as HTML for a notebook cell; None where no format renders it, so that its text is shown."""
    return None


@singledispatch
def page(shown: object) -> str | None:
    """Return an object as a complete HTML page; None where no format renders it."""
    return None
