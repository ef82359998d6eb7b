"""The lock of a project's environments: the versions of all their packages, so that CI installs the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ...cases.errors import InputError
from ...cases.text import printable
from .request import Request
from .store import Made

NAME = "convparity-environments.lock"
FORMAT = 1
HEAD = "# Written by `convparity envs lock`. Commit this file: the environments that it lists are installed from it.\n"


@dataclass(frozen=True)
class Locked:
    """A locked environment: the request, as text and as requirements, and the packages that it led to.

    ``python`` is the Python that the request allows, and ``version`` the one that it led to, such as ``3.11``.
    """

    asked: str
    requirements: tuple[str, ...]
    python: str
    version: str
    packages: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The canonical names of the required packages, in order."""
        return sorted(canonicalize_name(Requirement(text).name) for text in self.requirements)

    @property
    def versions(self) -> dict[str, str]:
        """The version of each package, by canonical name."""
        pairs = (pin.partition("==") for pin in self.packages)
        return {canonicalize_name(name): version for name, _, version in pairs}


Lock = Sequence[Locked]


def read_lock(path: Path, missing_ok: bool = True) -> Lock:
    """Return the content of a lock; nothing if there is no such file. Raise InputError if it cannot be used.

    Without ``missing_ok``, a missing file is an error as well.
    """
    import tomllib

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError) and missing_ok:
            return ()
        raise InputError([f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}"]) from None
    try:
        document = tomllib.loads(text)
        if document["format"] != FORMAT:
            raise InputError([f"{path}: format {document['format']!r}; expected {FORMAT}, of `convparity envs lock`"])
        return tuple(_locked(table) for table in document["environment"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        why = printable(str(error), 100)
        raise InputError(
            [f"{path}: not a lock of environments ({why}); write it with `convparity envs lock`"]
        ) from None


def _locked(table: dict[str, Any]) -> Locked:
    asked, python, version = (str(table[key]) for key in ("asked", "python", "version"))
    requires, packages = (tuple(map(str, table[key])) for key in ("requires", "packages"))
    made = Locked(asked, requires, python, version, packages)
    _ = made.names  # raises ValueError for what is no requirement
    return made


def lock_text(environments: Iterable[tuple[Request, Made]]) -> str:
    """Return the content of the lock for requests and the environments that they led to."""
    import tomlkit

    tables = [
        {
            "asked": request.asked,
            "requires": list(request.requirements),
            "python": request.python,
            "version": version,
            "packages": list(packages),
        }
        for request, made in environments
        for version, packages in [lock_of(made)]
    ]
    document = tomlkit.parse(HEAD)
    document.add("format", tomlkit.item(FORMAT))
    array = tomlkit.aot()
    for table in tables:
        item = tomlkit.item(table)
        for key in ("requires", "packages"):
            item[key].multiline(True)
        array.append(item)
    document.add("environment", array)
    return tomlkit.dumps(document)


def lock_of(made: Made) -> tuple[str, tuple[str, ...]]:
    """Return the Python and the packages that a lock would have for an environment."""
    version = made.about.python.rpartition(".")[0]  # a newer patch release will do
    return version, tuple(f"{name}=={version}" for name, version in sorted(made.about.packages.items()))


def locked(request: Request, lock: Lock) -> Request:
    """Return a request for exactly the packages that a lock has for it; the request itself if it has none."""
    found = entry(request, lock)
    return replace(request, python=found.version, pins=found.packages) if found and not request.pins else request


def entry(request: Request, lock: Lock) -> Locked | None:
    """Return the entry of a lock for a request; None if it has none."""
    wanted = request.requirements, request.python
    return next((one for one in lock if (one.requirements, one.python) == wanted), None)
