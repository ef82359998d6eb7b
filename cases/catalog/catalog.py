"""Catalogs: TOML files of cases and grids of cases, read with the line and column of every key and value."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from ..case import Case, derived_id
from ..errors import InputError
from ..text import did_you_mean, printable, shown
from .toml_file import Steps, TomlFile
from .validate import Problem, check

MOST_CASES = 1_000_000  # in all catalogs of a run together
ROWS_SHOWN = 100  # rows of a catalog that a notebook shows


@dataclass(frozen=True)
class Catalog:
    """Cases in the order of their files, without the duplicates that :func:`distinct` removes."""

    names: tuple[str, ...]
    cases: tuple[Case, ...]

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, id: str) -> Case:
        """Return the case with this id. Raises KeyError."""
        for case in self.cases:
            if case.id == id:
                return case
        raise KeyError(id)

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)

    def __repr__(self) -> str:
        return f"<Catalog {', '.join(map(printable, self.names))}: {len(self)} cases>"

    def _repr_html_(self) -> str:
        """Return a table for notebooks: the id and the description of each case."""

        def row(*cells: str) -> str:
            columns = (f'<td style="text-align:left">{escape(printable(cell))}</td>' for cell in cells)
            return f"<tr>{''.join(columns)}</tr>"

        rows = [row(case.id, case.describe()) for case in self.cases[:ROWS_SHOWN]]
        if len(self) > ROWS_SHOWN:
            rows.append(row(f"and {len(self) - ROWS_SHOWN} more", ""))
        return f"<table>{''.join(rows)}</table>"


def shipped() -> dict[str, Path]:
    """Return the files of the catalogs that ship with convparity, by name."""
    folder = Path(str(resources.files("convparity.cases") / "catalogs"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load_catalog(*names: str | Path) -> Catalog:
    """Return the cases of the catalogs. Each name is a file or a catalog that ships with convparity.

    Raises InputError with every problem in every file, each as ``FILE:LINE:COLUMN: problem``.
    """
    problems: list[str] = []
    readers = [_reader(name) for name in names]
    _check_number(reader for reader in readers if isinstance(reader, _Reader))
    seen: dict[str, tuple[Case, _Reader, Steps]] = {}
    for reader in readers:
        if isinstance(reader, InputError):
            problems += reader.problems
            continue
        for case, path in reader.cases():
            known, other, where = seen.setdefault(case.id, (case, reader, path))
            if known.key != case.key:
                place = other.place(*other.position(where))
                reader.problem(path, f"id: {shown(case.id)} names two different cases; the other: {place}")
        problems += reader.sorted_problems()
    if problems:
        raise InputError(problems)
    return Catalog(tuple(str(name) for name in names), distinct(case for case, *_ in seen.values()))


def _reader(name: str | Path) -> _Reader | InputError:
    """Return the reader of a catalog, or the error of one that has none, so that all errors are reported together."""
    try:
        return _Reader(_path(str(name)))
    except InputError as error:
        return error


def _check_number(readers: Iterable[_Reader]) -> None:
    """Raise InputError, before any case is made, where catalogs together have too many cases, with the place."""
    number = 0
    for reader in readers:
        for at, size in reader.sizes():
            number += size
            if number > MOST_CASES:
                what = f"{number} cases up to here; expected at most {MOST_CASES} in all catalogs together"
                raise InputError([f"{reader.place(*reader.position(at))}: {what}"])


def distinct(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Return each layer once under every id it was given, or once under a derived id if it was given none."""
    kept: dict[tuple[str, str], Case] = {}
    for case in cases:
        kept.setdefault((case.key, case.id), case)
    by_layer: dict[str, list[Case]] = {}
    for case in kept.values():
        by_layer.setdefault(case.key, []).append(case)
    for alike in by_layer.values():
        if len(alike) > 1:
            named = [case for case in alike if case.id != derived_id(case)] or alike[:1]
            for case in alike:
                if case not in named:
                    del kept[case.key, case.id]
    return tuple(kept.values())


def catalog_file(name: str | Path) -> Path:
    """Return the file of a catalog: one that ships with convparity, or else the file of that name."""
    return shipped().get(str(name), Path(name))


def _path(name: str) -> Path:
    path = catalog_file(name)
    if os.path.exists(path) and not os.path.isdir(path):  # unlike Path.exists, False for a name that is too long
        return path
    known = ", ".join(shipped())
    what = "is a folder" if os.path.isdir(path) else "there is no such file, and no catalog of that name ships"
    raise InputError([f"{printable(name)}: {what}; expected a file or one of {known}{did_you_mean(name, shipped())}"])


class _Reader(TomlFile):
    """One catalog file: its entries, their positions and the problems found in them."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "catalog")

    def cases(self) -> Iterator[tuple[Case, Steps]]:
        """Yield every case of the file with the path of its id, or of its entry if it has none."""
        known = ("about", "case", "grid")
        for key, value in self.document.items():
            if key not in known:
                hint = did_you_mean(key, known)
                self.problem(
                    (key,), f"{printable(key, 60)}: unknown key; expected about, [[case]], [[grid]]{hint}", True
                )
            elif key == "about" and not isinstance(value, str):
                self.problem((key,), f"about: {shown(value)} is not a string")
            elif key != "about" and not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
                self.problem((key,), f"{key}: not a list of tables; write [[{key}]] above each one", True)
            elif key != "about":
                for i, entry in enumerate(value):
                    yield from self.grid(i, entry) if key == "grid" else self.entry(("case", i), entry, {})

    def sizes(self) -> Iterator[tuple[Steps, int]]:
        """Yield the place of each entry and the number of its cases, without making any."""
        for kind in ("case", "grid"):
            entries = self.document.get(kind)
            for i, entry in enumerate(entries if isinstance(entries, list) else ()):
                choices = entry.values() if kind == "grid" and isinstance(entry, dict) else ()
                yield (kind, i), math.prod(len(choice["any"]) for choice in choices if _is_choice(choice))

    def entry(self, at: Steps, entry: dict[str, Any], choice: dict[str, int]) -> Iterator[tuple[Case, Steps]]:
        case, problems = check(entry)
        for problem in problems:
            self.problem(at + _chosen(problem, choice), problem.text, problem.at_key)
        if case is not None:
            yield case, (*at, *(("id",) if "id" in entry else ()))

    def grid(self, i: int, grid: dict[str, Any]) -> Iterator[tuple[Case, Steps]]:
        at = ("grid", i)
        lists: dict[str, list[Any]] = {}
        for key, value in grid.items():
            if not isinstance(value, dict):
                continue
            if _is_choice(value):
                lists[key] = value["any"]
            else:
                text = f"{printable(key, 60)}: {shown(value)} is not a choice; write {{ any = [..., ...] }}"
                self.problem(at + (key,), text)
                return
        if "id" in grid:
            self.problem(at + ("id",), "id: a grid has many cases; their ids are derived from their parameters", True)
            return
        for picks in itertools.product(*(range(len(values)) for values in lists.values())):
            choice = dict(zip(lists, picks))
            entry = {key: lists[key][choice[key]] if key in lists else value for key, value in grid.items()}
            yield from self.entry(at, entry, choice)


def _is_choice(value: Any) -> bool:
    """Return whether a value of a grid is ``{ any = [...] }`` with at least one value."""
    return isinstance(value, dict) and list(value) == ["any"] and isinstance(value["any"], list) and bool(value["any"])


def _chosen(problem: Problem, choice: dict[str, int]) -> Steps:
    """Return the path of a problem in a grid's entry, through the ``any`` list that the value came from."""
    if not problem.path or problem.path[0] not in choice or problem.at_key:
        return problem.path
    key, *rest = problem.path
    return (key, "any", choice[key], *rest)
