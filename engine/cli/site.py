"""``convparity site``: makes a site that answers lines in the reader's browser, with the matrix of results files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import HarnessFault, InputError
from .browser import open_address
from .options import OUTPUT, UNPACKED, Unpacked

LAST_PORT = 2**16 - 1
LIVE = "live"  # the folder of the live page where there is a matrix


def site(
    results: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RESULTS]...",
            help="Results files: the site shows them as a matrix of catalogs by environments, and each finding.",
            show_default=False,
        ),
    ] = None,
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
    unpacked: Unpacked = UNPACKED,
) -> None:
    """Make a site for any web server: paste a line, and the reader's own browser says what to write instead.

    The answers are those of `explain` and `compare`. Nothing has to be installed there, and nothing is sent anywhere.
    With results files, its first page is a matrix of what they found, and each finding has a page and a badge.
    """
    from ..site.making import check_folder, make
    from ..site.pyodide import pyodide_files

    if not 0 <= port <= LAST_PORT:
        raise InputError([f"--port: {port} is not a port; expected 0 to {LAST_PORT}"])
    folder = output or _default_folder()
    check_folder(folder)
    page = _with_matrix(folder, results, pyodide, unpacked) if results else make(folder, pyodide_files(pyodide))
    print(page)
    if open_:
        _serve(folder, port)
    else:
        print(f"To see it: convparity site -o {folder} --open, or put the folder on any web server.")


def _with_matrix(folder: Path, results: list[Path], pyodide: Path | None, unpacked: float) -> Path:
    """Make a site of results files, and return its first page.

    Raise HarnessFault if there is no Pyodide for the live page; the rest is made all the same.
    """
    from .. import api
    from ..site.making import check_folder, make
    from ..site.matrix import make_matrix
    from ..site.pyodide import pyodide_files

    check_folder(folder / LIVE)
    try:
        files, fault = pyodide_files(pyodide), None
    except HarnessFault as missing:
        files, fault = {}, missing
    page = make_matrix(folder, results, lambda path: api.read_results(path, unpacked=unpacked), live=bool(files))
    if fault:
        raise HarnessFault(f"{page} is made, but without the page that answers lines: {fault}")
    make(folder / LIVE, files, f"../{page.name}")
    return page


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
