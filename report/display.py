"""How objects show themselves: formats register here what they make of one, so that no object imports a format."""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def notebook_html(shown: object) -> str | None:
    """Return an object as the HTML of a notebook's cell; None where no format makes any, and its text is shown."""
    return None


@singledispatch
def page(shown: object) -> str:
    """Return an object as a whole HTML page. Raises TypeError where no format makes one of such an object."""
    raise TypeError(f"no format makes a page of a {type(shown).__name__}")
