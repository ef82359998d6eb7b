"""HTML reports in the user's browser."""

from __future__ import annotations

import sys
import tempfile
import webbrowser
from pathlib import Path

from ..cases.errors import HarnessFault


def open_page(path: Path) -> None:
    """Open an HTML file in the browser that the system, or the variable BROWSER, names.

    Raise HarnessFault where there is none.
    """
    address = path.resolve().as_uri()
    if not _opened(address):
        raise HarnessFault(f"{path}: {_none(address)}")


def open_if_possible(path: Path) -> None:
    """Open an HTML file; where no browser can be started, say so, since the file is there all the same."""
    try:
        open_page(path)
    except HarnessFault as fault:
        print(f"error: {fault}", file=sys.stderr)


def open_address(address: str) -> None:
    """Open an address; where no browser can be started, say so, since the address works all the same."""
    if not _opened(address):
        print(f"error: {_none(address)}", file=sys.stderr)


def _opened(address: str) -> bool:
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False


def _none(address: str) -> str:
    return f"no browser could be started; open {address} yourself, or name a browser in BROWSER"


def passing_file() -> Path:
    """Return the path of a report that is only to be looked at: it is in a folder of its own for temporary files."""
    return Path(tempfile.mkdtemp(prefix="convparity-")) / "report.html"
