"""Tables on the terminal, as several commands show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def table(columns: Iterable[str]) -> Table:
    """An empty table without lines, that breaks long words."""
    from rich.table import Table

    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def versions(packages: Mapping[str, str]) -> str:
    """Packages and their versions, in one line."""
    return ", ".join(f"{name} {version}" for name, version in packages.items())
