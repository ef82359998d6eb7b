"""``convparity catalogs``: lists the catalogs that ship, and the cases of a catalog."""

from __future__ import annotations

from typing import Annotated

import typer

from ..cases.text import count, first_line
from . import complete
from .listing import show_cases
from .options import Select
from .tables import show


def catalogs(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A catalog that ships, or a file, whose cases are listed.",
            autocompletion=complete.catalogs,
            show_default=False,
        ),
    ] = None,
    select: Select = None,
) -> None:
    """List the catalogs that come with convparity, or the cases of one catalog."""
    from ..cases.catalog.catalog import load_catalog, shipped
    from ..cases.catalog.select import select as selected
    from ..cases.catalog.toml_file import TomlFile
    from ..runs.working import working

    if name is not None:
        cases = selected(load_catalog(name), select)
        show_cases(cases)
        print(f"{count(len(cases), 'case')}")
        return
    rows = []
    with working("reading the catalogs"):
        for catalog, path in shipped().items():
            about = first_line(str(TomlFile(path, "catalog").document.get("about", "")))
            rows.append((catalog, f"{len(load_catalog(catalog)):,}", about))
    show(("catalog", "cases", "about"), rows)
