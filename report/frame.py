"""Tables as data frames: of pandas or polars, whichever is there. ``docs/frames.md`` documents the columns."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from ..cases.errors import HarnessFault

LIBRARIES = ("pandas", "polars")
MISSING = "to_frame() needs pandas or polars, and neither is installed here; install one: pip install pandas"


def frame(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Any:
    """Return rows as a data frame with these columns: of the library that is imported already, else of the first found.

    Raise HarnessFault if neither library is installed.
    """
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    content = {name: list(column) for name, column in zip(columns, cells, strict=True)}
    for library in sorted(LIBRARIES, key=lambda name: name not in sys.modules):
        try:
            return importlib.import_module(library).DataFrame(content)
        except ImportError:
            continue
    raise HarnessFault(MISSING)


def sizes_text(numbers: Iterable[object] | None) -> str | None:
    """Return sizes as the text of a cell, such as ``8x8``; None for none."""
    return None if numbers is None else "x".join(map(str, numbers))
