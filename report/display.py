"""Hooks for displaying objects: formats register their renderers here, so that no object imports a format."""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def notebook_html(shown: object) -> str | None:
    """Return an object as HTML for a notebook cell; None where no format renders it, so that its text is shown."""
    return None


@singledispatch
def page(shown: object) -> str:
    """Return an object as a complete HTML page. Raises TypeError where no format renders such an object."""
    raise TypeError(f"no format renders a {type(shown).__name__}")
