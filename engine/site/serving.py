"""Serves the site on this machine, since browsers let a page from disk load nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ..cases.errors import HarnessFault

HERE = "127.0.0.1"  # no other machine reaches it


# What the system knows of these may be wrong, and a browser refuses a script of another type.
TYPES = {".mjs": "text/javascript", ".wasm": "application/wasm"}


class _Quiet(SimpleHTTPRequestHandler):
    def guess_type(self, path: str | os.PathLike[str]) -> str:
        """Return the type of a file."""
        return TYPES.get(Path(path).suffix) or super().guess_type(path)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def server(folder: Path, port: int = 0) -> Iterator[ThreadingHTTPServer]:
    """Give a server of a folder at a port of this machine, or at any that is free. Raise HarnessFault if it is not."""
    try:
        found = ThreadingHTTPServer((HERE, port), partial(_Quiet, directory=str(folder)))
    except OSError as error:
        raise HarnessFault(f"--port: {port} cannot be used: {error.strerror}; give another, or 0 for any") from None
    with found:
        yield found


def address(found: ThreadingHTTPServer) -> str:
    """Return the address of a server."""
    return f"http://{HERE}:{found.server_port}/"
