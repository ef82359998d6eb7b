"""The lock of a project's environments: the versions of all their packages, so that CI installs the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ...cases.errors import InputError
from ...cases.text import printable
from .request import Request
from .store import Made

NAME = "convparity-environments.lock"
FORMAT = 1
HEAD = "# Written by `convparity envs lock`. Commit this file: the environments that it lists are installed from it.\n"

Lock = Mapping[tuple[tuple[str, ...], str], tuple[str, tuple[str, ...]]]  # of requirements and Python: Python and pins


def read_lock(path: Path) -> Lock:
    """Return the content of a lock; nothing if there is no such file. Raise InputError if it cannot be used."""
    import tomllib

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError([f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}"]) from None
    try:
        document = tomllib.loads(text)
        if document["format"] != FORMAT:
            raise InputError([f"{path}: format {document['format']!r}; expected {FORMAT}, of `convparity envs lock`"])
        return {
            (tuple(map(str, one["requires"])), str(one["python"])): (
                str(one["version"]),
                tuple(map(str, one["packages"])),
            )
            for one in document["environment"]
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        why = printable(str(error), 100)
        raise InputError(
            [f"{path}: not a lock of environments ({why}); write it with `convparity envs lock`"]
        ) from None


def lock_text(environments: Iterable[tuple[Request, Made]]) -> str:
    """Return the content of the lock for requests and the environments that they led to."""
    import tomlkit

    tables = [
        {
            "asked": request.asked,
            "requires": list(request.requirements),
            "python": request.python,
            "version": made.about.python.rpartition(".")[0],  # a newer patch release will do
            "packages": [f"{name}=={version}" for name, version in sorted(made.about.packages.items())],
        }
        for request, made in environments
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


def locked(request: Request, lock: Lock) -> Request:
    """Return a request for exactly the packages that a lock has for it; the request itself if it has none."""
    found = lock.get((request.requirements, request.python))
    return replace(request, python=found[0], pins=found[1]) if found else request
