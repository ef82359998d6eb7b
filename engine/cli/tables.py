"""Tables on the terminal, which several commands print."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence

from ..cases.text import printable

LONGEST = 1000  # characters in a cell


def show(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table with a line for each row; on a terminal that is too narrow, print each row as a list instead."""
    cells = [columns, *([printable(cell, LONGEST) for cell in row] for row in rows)]
    lines = _aligned(cells)
    if sys.stdout.isatty() and max(map(len, lines)) > shutil.get_terminal_size().columns:
        lines = [line for row in cells[1:] for line in (*_aligned(list(zip(columns, row, strict=True))), "")][:-1]
    print("\n".join(lines))


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(row).rstrip() for row in padded]


def versions(packages: Mapping[str, str]) -> str:
    """Return packages and their versions on one line."""
    return ", ".join(f"{name} {version}" for name, version in packages.items())
