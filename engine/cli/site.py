"""``convparity site``: makes a site that answers lines in the reader's browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import InputError
from .browser import open_address
from .options import OUTPUT

LAST_PORT = 2**16 - 1


def site(
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="Folder for the site (default: one in the user's cache folder).",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    pyodide: Annotated[
        Path | None,
        typer.Option(
            "--pyodide",
            metavar="PATH",
            help="The npm package pyodide, as a .tgz file or a folder (default: it is downloaded once, 6 MB).",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    open_: Annotated[
        bool,
        typer.Option(
            "--open",
            help="Serve the site on this machine and open it in the browser, until Ctrl-C.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", help="Port for --open; 0 is any free one.", rich_help_panel=OUTPUT),
    ] = 0,
) -> None:
    """Make a site for any web server: paste a line, and the reader's own browser says what to write instead.

    The answers are those of `explain` and `compare`. Nothing has to be installed there, and nothing is sent anywhere.
    """
    from ..site.making import check_folder, make
    from ..site.pyodide import pyodide_files

    if not 0 <= port <= LAST_PORT:
        raise InputError([f"--port: {port} is not a port; expected 0 to {LAST_PORT}"])
    folder = output or _default_folder()
    check_folder(folder)
    page = make(folder, pyodide_files(pyodide))
    print(page)
    if open_:
        _serve(folder, port)
    else:
        print(f"To see it: convparity site -o {folder} --open, or put the folder on any web server.")


def _serve(folder: Path, port: int) -> None:
    """Serve a folder until Ctrl-C, which is how it is meant to end."""
    from ..site.serving import address, server

    with server(folder, port) as found:
        print(f"{address(found)}\nPress Ctrl-C to end.", flush=True)
        open_address(address(found))
        try:
            found.serve_forever()
        except KeyboardInterrupt:
            print("ended")


def _default_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("convparity")) / "site"
