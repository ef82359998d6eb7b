"""Reads a project's settings for convparity: ``[tool.convparity]`` in its pyproject.toml."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cases.errors import InputError
from ..cases.text import did_you_mean, printable, shown
from ..report.ownership import owner_of, owner_of_link, trusted

SETTINGS = ("environments", "catalogs", "expectations", "fail-on", "agree")  # the known keys
OF_A_REPOSITORY = (".git", ".hg", ".svn", ".jj")  # in its root


@dataclass(frozen=True)
class Mistake:
    """A mistake under ``tool.convparity``: in the value at the path ``keys``, or with ``at_key`` in the last key."""

    keys: tuple[str | int, ...]
    what: str
    at_key: bool = False


def project_setting(name: str, start: Path | None = None) -> tuple[object, Path] | None:
    """Return the value of a key of ``[tool.convparity]`` and its file, the nearest pyproject.toml that has the key.

    Only the folders of the project are searched. Raise InputError if that file, or a nearer one, is not TOML or has
    unknown keys, and if that file belongs to another user.
    """
    for folder in project_folders(start or Path.cwd()):
        file = folder / "pyproject.toml"
        if file.is_file() and name in (table := _own_table(file)):
            _check_owner(file)
            return table[name], file
    return None


def project_folders(start: Path) -> list[Path]:
    """Return a folder and those above it, up to the root of its repository or the home folder, or else only itself."""
    folders = [start, *start.parents]
    home = Path(os.path.realpath(os.path.expanduser("~")))
    for i, folder in enumerate(folders):
        if any((folder / mark).exists() for mark in OF_A_REPOSITORY) or Path(os.path.realpath(folder)) == home:
            return folders[: i + 1]
    return [start]


def _check_owner(file: Path) -> None:
    """Raise InputError if a file, its link or its folder belongs to another user, who could choose what is executed."""
    for what, whose in ((file, "it"), (file.parent, "its folder")):
        for owner in (owner_of_link(what), owner_of(what)):
            if not trusted(owner):
                problem = (
                    f"not read, because {whose} belongs to another user (uid {owner}), who could choose what to run"
                )
                hint = "change the owner, or work in another folder with --env and --expectations"
                raise InputError([f"{printable(os.path.relpath(file))}: {problem}; {hint}"])


def mistaken(file: Path, mistakes: Sequence[Mistake]) -> InputError:
    """Return the error for mistakes in a pyproject.toml that is valid TOML, with the place of each mistake."""
    from ..cases.catalog.toml_file import TomlFile

    shown = Path(os.path.relpath(file))
    try:
        places = TomlFile(shown, "pyproject.toml")
    except InputError:  # it refuses lines with many dots, which another part of the file may have
        return InputError(f"{shown}: tool.convparity{mistake.what}" for mistake in mistakes)
    for mistake in mistakes:
        places.problem(("tool", "convparity", *mistake.keys), f"tool.convparity{mistake.what}", mistake.at_key)
    return InputError(places.sorted_problems())


def _own_table(file: Path) -> dict[str, Any]:
    """Return the table ``[tool.convparity]`` of a pyproject.toml. Raise InputError for settings that do not exist."""
    import tomllib  # imported here because it is slow, and most commands that import this module read no such file

    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        from ..cases.catalog.toml_file import TomlFile

        document = TomlFile(Path(os.path.relpath(file)), "pyproject.toml").document  # raises with the place
    tools = document.get("tool")
    table = tools.get("convparity", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise mistaken(file, [Mistake((), " is not a table", True)])
    mistakes = []
    for key in (key for key in table if key not in SETTINGS):
        inside = table[key] if isinstance(table[key], dict) else {}
        keys = (key, *list(inside)[:1])  # a table's header has no place, so use its first key
        allowed = f"expected {', '.join(SETTINGS)}{did_you_mean(key, SETTINGS)}"
        mistakes.append(Mistake(keys, f": {printable(key, 60)}: unknown key; {allowed}", True))
    if mistakes:
        raise mistaken(file, mistakes)
    return table


def project_expectations(start: Path | None = None) -> list[Path]:
    """Return the files named by ``[tool.convparity] expectations``, a path or a list of paths.

    The setting is read from the pyproject.toml nearest to ``start``, by default the current folder, and its paths are
    relative to that file. Raise InputError if it is neither a path nor a list of paths.
    """
    names, file = _strings("expectations", "the path of a file", "a path or a list of paths", start)
    return [_beside(file, name) for name in names]


def project_catalogs() -> list[str]:
    """Return the catalogs named by ``[tool.convparity] catalogs``: names of those that ship, or paths."""
    from ..cases.catalog.catalog import shipped

    names, file = _strings("catalogs", "the name or the path of a catalog", "a string or a list of strings")
    return [name if name in shipped() else str(_beside(file, name)) for name in names]


def project_fail_on() -> list[str]:
    """Return the verdicts named by ``[tool.convparity] fail-on``."""
    return _strings("fail-on", "a verdict", 'a string or a list of strings, such as ["shape", "shifted"]')[0]


def project_agree() -> list[str]:
    """Return the groups of ``[tool.convparity] agree``, each as ``LABEL,LABEL,...``."""
    return _strings("agree", "a group of environments", 'a string or a list of strings, such as ["torch,flax"]')[0]


def _strings(name: str, what: str, allowed: str, start: Path | None = None) -> tuple[list[str], Path]:
    """Return a setting that is a string or a list of strings, and its file; no strings if there is no such setting."""
    found = project_setting(name, start)
    if found is None:
        return [], Path()
    value, file = found
    items: list[Any] = value if isinstance(value, list) else [value]
    wrong = [i for i, item in enumerate(items) if not (isinstance(item, str) and item)]
    if wrong:
        keys = [(name, i) if isinstance(value, list) else (name,) for i in wrong]
        told = [f": {name}: {shown(items[i])} is not {what}; expected {allowed}" for i in wrong]
        raise mistaken(file, [Mistake(at, text) for at, text in zip(keys, told, strict=True)])
    return items, file


def _beside(file: Path, name: str) -> Path:
    return Path(os.path.relpath(file.parent / name))
