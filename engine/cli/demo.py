"""``convparity demo``: shows the report of a run that was recorded. Nothing has to be installed."""

from __future__ import annotations

import gzip
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..cases.errors import InputError
from ..cases.text import printable
from ..demo import recorded
from ..runs.outputs import write
from .browser import open_if_possible
from .options import OUTPUT


def demo(
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="Folder for the report and the recorded results files (default: one in the user's cache folder).",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Do not open the report in the browser.", rich_help_panel=OUTPUT)
    ] = False,
) -> None:
    """Show the report of a recorded run of three catalogs in all frameworks. Nothing is run or has to be installed."""
    from ..report import output_file
    from ..report.formats.html import filled

    folder = output or _default_folder()
    if folder.exists() and not folder.is_dir():
        raise InputError([f"-o: {printable(str(folder))!r} is a file; name a folder"])
    shown, about = recorded.page(), recorded.about()
    report = folder / "report.html"
    write(report, partial(output_file.write, report, filled(shown).encode()))
    for catalog in recorded.CATALOGS:
        file = folder / f"{catalog}.jsonl.gz"
        content = gzip.compress(recorded.observations(catalog), 1, mtime=0)
        write(file, partial(output_file.write, file, content))
    versions = ", ".join(f"{label} {version}" for label, version in about["versions"].items())
    print(shown["headline"])
    print(f"recorded on {about['date']}, not run here: {versions}")
    print(f"{report}\n\nTo run it yourself: convparity run textbook --with onnxruntime, or --with all")
    if not no_open:
        open_if_possible(report)


def _default_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("convparity")) / "demo"
