"""Finds what an interpreter has for each adapter, from the metadata of its distributions, importing no framework.

That interpreter runs the text of this module with ``-c``, so it uses only the standard library and the syntax of
Python 3.9. It prints a JSON object that gives, for each adapter, the fields of
:class:`convparity.environments.find.Installed`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import re
import sys
from importlib import metadata
from typing import Any

_distributions: dict[str, metadata.Distribution | None] = {}
_folders: dict[str, set[str]] = {}


def distribution(name: str) -> metadata.Distribution | None:
    """Return the distribution of this name, or None; it is looked up only once."""
    name = re.sub(r"[-_.]+", "-", name).lower()
    if name not in _distributions:
        try:
            _distributions[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            _distributions[name] = None
    return _distributions[name]


def folders(package: str) -> set[str]:
    """Return the folders that a package would be imported from, none if it is missing; it is looked up only once."""
    if package not in _folders:
        try:
            spec = importlib.util.find_spec(package)
        except (ImportError, ValueError):
            spec = None
        places = (spec and spec.submodule_search_locations) or []
        _folders[package] = {os.path.dirname(os.path.realpath(place)) for place in places}
    return _folders[package]


def needed(names: list[str]) -> dict[str, str]:
    """Return the versions of distributions and of everything that they require, except for extras."""
    versions: dict[str, str] = {}
    left = list(names)
    while left:
        name = left.pop()
        found = distribution(name)
        if found is None or name in versions:
            continue
        text = found.read_text("METADATA") or found.read_text("PKG-INFO") or ""
        head = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]  # parsing all of it as an e-mail takes most of a second
        versions[name] = "".join(re.findall(r"(?im)^Version: *(.*?)\s*$", head)[:1])
        required = re.findall(r"(?im)^Requires-Dist: *([\w.-]+)(.*)", head)
        left += [re.sub(r"[-_.]+", "-", other).lower() for other, rest in required if not re.search(r"\bextra\b", rest)]
    return versions


def changes(found: dict[str, metadata.Distribution], packages: list[str]) -> str:
    """Return the reason why installed code may change without a new version; empty if there is none."""
    for name, one in found.items():
        origin = json.loads(one.read_text("direct_url.json") or "{}")  # see PEP 610
        if "vcs_info" in origin:
            return f"{name} is installed from version control"
        if origin.get("dir_info", {}).get("editable"):
            return f"{name} is an editable install"
        # With conda, this is a path on the machine that built the package.
        if origin.get("url", "").startswith("file:") and (one.read_text("INSTALLER") or "").strip() != "conda":
            return f"{name} is installed from a local path"
        if not one.read_text("RECORD"):
            return f"{name} has no record of its files"
    homes = {os.path.realpath(str(one.locate_file(""))) for one in found.values()}
    for package in packages:
        if not folders(package) <= homes:
            return f"{package} is not imported from where it is installed"
    return ""


def files(one: metadata.Distribution) -> str:
    """Return a digest of the recorded files of a distribution, and of the sizes and times of its code files.

    The sizes and times reveal a change that somebody makes in an installed framework without reinstalling it.
    """
    record = one.read_text("RECORD") or ""
    digest = hashlib.sha256(record.encode())
    for file in re.findall(r"(?m)^\"?([^,\"\n]+\.(?:py|so|pyd|dylib)[.\d]*)\"?,", record):
        try:
            found = os.stat(str(one.locate_file(file)))
        except OSError:
            continue
        digest.update(f"{found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def look(packages: list[str], names: list[str]) -> dict[str, Any]:
    """Return what is installed for an adapter that imports some packages, with versions from some distributions."""
    found = {name: one for name in names for one in [distribution(name)] if one is not None}
    interpreter = [sys.executable, os.path.realpath(sys.executable), sys.prefix, sys.version, platform.platform()]
    return {
        "packages": {name: one.version for name, one in found.items()},
        "identity": {
            "interpreter": interpreter,
            "needed": needed(list(found)),
            "files": [files(one) for one in found.values()],
        },
        "changes": changes(found, packages),
    }


if __name__ == "__main__":
    if "" in sys.path:
        sys.path.remove("")  # the current folder, which -c adds
    wanted: dict[str, tuple[list[str], list[str]]] = json.loads(sys.argv[1])
    print(json.dumps({adapter: look(*both) for adapter, both in wanted.items() if all(map(folders, both[0]))}))
