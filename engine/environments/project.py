"""What a project says of convparity: ``[tool.convparity]`` of its pyproject.toml."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cases.errors import InputError
from ..cases.text import did_you_mean, printable, shown

SETTINGS = ("environments", "expectations")  # the keys that there are


@dataclass(frozen=True)
class Mistake:
    """What is wrong under ``tool.convparity``: with what some keys there lead to, or with the last of them itself."""

    keys: tuple[str | int, ...]
    what: str
    at_key: bool = False


def project_setting(name: str, start: Path | None = None) -> tuple[object, Path] | None:
    """A key of ``[tool.convparity]`` in the pyproject.toml nearest to a folder that has it, and that file.

    Raises InputError where one that is nearer, or that one, is no TOML or has keys that there are not.
    """
    start = start or Path.cwd()
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file() and name in (table := _own_table(file)):
            return table[name], file
    return None


def mistaken(file: Path, mistakes: Sequence[Mistake]) -> InputError:
    """The error of what is wrong in a pyproject.toml that is TOML: each mistake with its place."""
    from ..cases.catalog.toml_file import TomlFile

    shown = Path(os.path.relpath(file))
    try:
        places = TomlFile(shown, "pyproject.toml")
    except InputError:  # it refuses lines of many dots, which may well stand elsewhere in such a file
        return InputError(f"{shown}: tool.convparity{mistake.what}" for mistake in mistakes)
    for mistake in mistakes:
        places.problem(("tool", "convparity", *mistake.keys), f"tool.convparity{mistake.what}", mistake.at_key)
    return InputError(places.sorted_problems())


def _own_table(file: Path) -> dict[str, Any]:
    """What a pyproject.toml has under ``[tool.convparity]``. Raises InputError for what would not be heeded."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        from ..cases.catalog.toml_file import TomlFile

        document = TomlFile(Path(os.path.relpath(file)), "pyproject.toml").document  # raises, with the place
    tools = document.get("tool")
    table = tools.get("convparity", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise mistaken(file, [Mistake((), " is not a table", True)])
    mistakes = []
    for key in (key for key in table if key not in SETTINGS):
        inside = table[key] if isinstance(table[key], dict) else {}
        keys = (key, *list(inside)[:1])  # the header of a table has no place
        allowed = f"allowed is {', '.join(SETTINGS)}{did_you_mean(key, SETTINGS)}"
        mistakes.append(Mistake(keys, f": {printable(key, 60)}: unknown key; {allowed}", True))
    if mistakes:
        raise mistaken(file, mistakes)
    return table


def project_expectations(start: Path | None = None) -> list[Path]:
    """The files of ``[tool.convparity] expectations``, a path or a list of them, relative to its pyproject.toml.

    That is the one nearest to ``start``, or to the current folder. Raises InputError where it is neither.
    """

    found = project_setting("expectations", start)
    if found is None:
        return []
    value, file = found
    names: list[Any] = value if isinstance(value, list) else [value]
    no_paths = [i for i, name in enumerate(names) if not (isinstance(name, str) and name)]
    if no_paths:
        what = ": expectations: {} is not the path of a file; allowed is a path, or a list of paths"
        keys = [("expectations", i) if isinstance(value, list) else ("expectations",) for i in no_paths]
        raise mistaken(file, [Mistake(at, what.format(shown(names[i]))) for at, i in zip(keys, no_paths, strict=True)])
    return [Path(os.path.relpath(file.parent / name)) for name in names]
