"""The page that answers in the browser, as a part of the site where Pyodide is at hand: kept, or to be had from npm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from convparity.cases.errors import HarnessFault
from convparity.site.making import make
from convparity.site.pyodide import pyodide_files

FOLDER = "live"
LINK = f'<p><a class="button" href="{FOLDER}/index.html">Ask about a line of yours, in your browser</a></p>'
made: list[Path] = []


def setup(app: Any) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", _make)
    return {"parallel_read_safe": True}


def markdown() -> str:
    """Return the link to the page, if it was made."""
    return LINK if made else ""


def _make(app: Any) -> None:
    from sphinx.util import logging  # here, so that what needs no Sphinx can be tested without it

    if app.builder.format != "html":
        return
    try:
        made.append(make(Path(app.outdir) / FOLDER, pyodide_files(None)))
    except HarnessFault as fault:  # without a network, the rest of the site is built all the same
        logging.getLogger(__name__).info("the live page is left out: %s", fault)
