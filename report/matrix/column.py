"""A column of the matrix: an environment with its versions, whichever results file it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from ...adapters.registry import NAMES
from ...cases.text import printable
from ..results.file import Environment


@dataclass(frozen=True)
class Column:
    """An environment as it was observed: its label, its adapter, its packages with the framework first, its basis."""

    label: str
    adapter: str
    packages: tuple[tuple[str, str], ...]
    basis: str

    @classmethod
    def of(cls, environment: Environment) -> Column:
        """Return the column of an environment."""
        return cls(environment.label, environment.adapter, tuple(environment.packages.items()), environment.basis)

    @property
    def version(self) -> str:
        """The version of the framework; empty where it is not known."""
        return next((version for _, version in self.packages), "")

    @property
    def own_label(self) -> str:
        """The label where it says more than the adapter and the version; else empty."""
        said = {self.adapter, *(part.partition("+")[0] for package in self.packages for part in package)}
        return "" if set(filter(None, re.split(r"[=,\s]+", self.label))) <= said else printable(self.label, 60)

    @property
    def told(self) -> str:
        """The version, and the label where that says more."""
        return " ".join(filter(None, [self.version, self.own_label and f"({self.own_label})"]))


def ordered(columns: Iterable[Column]) -> list[Column]:
    """Return columns by adapter, in the order of the registry, and then by version, the oldest first."""
    return sorted(columns, key=_place)


def _place(column: Column) -> tuple[object, ...]:
    known = NAMES.index(column.adapter) if column.adapter in NAMES else len(NAMES)
    packages = [_number(version) for _, version in column.packages]
    return known, column.adapter, packages[:1], column.label, packages, column.packages


def _number(version: str) -> tuple[bool, Version, str]:
    """Return a sort key of a version; a text that is none comes first."""
    try:
        return True, Version(version), version
    except InvalidVersion:
        return False, Version("0"), version


def headings(columns: Iterable[Column]) -> dict[Column, str]:
    """Return a distinct heading for each column, below that of its adapter, such as ``2.13.0``.

    It has the label where that says more, and the other packages where columns would have the same one.
    """
    plain = {one: one.told for one in columns}
    alike: dict[tuple[str, str], list[Column]] = {}
    for column, text in plain.items():
        alike.setdefault((column.adapter, text), []).append(column)
    for (_, text), same in alike.items():
        for column in same if len(same) > 1 else ():
            others = [set(other.packages) for other in same if other != column]
            rest = [" ".join(one) for one in column.packages if not all(one in other for other in others)]
            told = rest or ([column.basis] if len({other.label for other in same}) == 1 else [column.label])
            plain[column] = f"{text} {printable(', '.join(told), 200)}".strip()
    return plain
