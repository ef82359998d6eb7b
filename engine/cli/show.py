"""``convparity show``: opens an HTML report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import InputError
from .browser import open_page

MARK = b'id="payload"'  # only our page has it
BEGINNING = 2**20  # bytes in which it has to be


def show(
    report: Annotated[Path, typer.Argument(metavar="REPORT.html", help="An HTML report that --html wrote.")],
) -> None:
    """Open an HTML report in the browser."""
    _check(report)
    open_page(report)
    print(f"opened {report}")


def _check(path: Path) -> None:
    """Raise InputError for a file that is not an HTML report of convparity."""
    try:
        with path.open("rb") as file:
            beginning = file.read(BEGINNING)
    except OSError as error:
        raise InputError([f"{path}: cannot be read: {error.strerror}"]) from None
    if MARK in beginning:
        return
    name = path.name
    if beginning.lstrip().startswith((b"{", b"\x1f\x8b")):
        hint = f"make one from this results file with `convparity report {name} --html report.html`"
        raise InputError([f"{path}: is not an HTML report; {hint}"])
    raise InputError([f"{path}: is not an HTML report of convparity; expected a file that --html wrote"])
