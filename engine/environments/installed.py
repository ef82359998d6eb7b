"""Finds an interpreter's packages for each adapter, from the metadata of its distributions, importing no framework.

That interpreter runs the text of this module with ``-c``, after the first line of :mod:`.interpreters`, so it uses only
the standard library and the syntax of Python 3.9, and imports nothing from ``__future__``. It prints a JSON object that
gives, for each adapter, the fields of :class:`convparity.environments.find.Installed`.
"""

import hashlib
import importlib.machinery
import importlib.util
import json
import os
import platform
import re
import shutil
import site
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from typing import Any, Optional

MOST_FILES = 50_000  # of code in a folder that is looked at

_loaded = dict(sys.modules)  # what .pth files and sitecustomize have imported, and Python itself
_distributions: dict[str, Optional[metadata.Distribution]] = {}
_folders: dict[str, set[str]] = {}


def distribution(name: str) -> Optional[metadata.Distribution]:
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


def site_folders() -> set[str]:
    """Return the folders in which packages are installed; their .pth files are obeyed."""
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return {os.path.realpath(folder) for folder in (*site.getsitepackages(), *user)}


def added_folders() -> list[str]:
    """Return the places to import from that PYTHONPATH, .pth files, sitecustomize or editable installs have added."""
    paths = sysconfig.get_paths()
    library = {os.path.realpath(paths[name]) for name in ("stdlib", "platstdlib")}
    own = library | site_folders() | {os.path.join(folder, "lib-dynload") for folder in library}
    mapped = [
        str(place)
        for name, module in sorted(sys.modules.items())
        if name.startswith("__editable__")  # the finder that setuptools installs, see PEP 660
        for place in getattr(module, "MAPPING", {}).values()
    ]
    return [place for place in (*sys.path, *mapped) if os.path.realpath(place) not in own]


def code_below(place: str) -> Iterator[str]:
    """Yield the path, size and time of a file, or of all code below a folder that can be imported from it."""
    if not os.path.isdir(place):
        yield from described(place)
        return
    suffixes = tuple(importlib.machinery.all_suffixes())
    for folder, inside, names in os.walk(place, followlinks=False):
        inside[:] = sorted(name for name in inside if name.isidentifier() and name != "__pycache__")
        for name in sorted(names):
            if name.endswith(suffixes):
                yield from described(os.path.join(folder, name))


def described(file: str) -> Iterator[str]:
    """Yield the path, size and time of a file, if it exists."""
    try:
        found = os.stat(file)
    except OSError:
        return
    yield f"{file} {found.st_size} {found.st_mtime_ns}"


@cache
def at_start() -> tuple[str, str]:
    """Return a digest of all code that is not installed but could be imported, or was executed at the start.

    The second text is the reason why it cannot be known; empty if it is known.
    """
    digest = hashlib.sha256("\n".join(sys.path).encode())
    for folder in sorted(site_folders()):
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        for name in names:
            if name.endswith(".pth"):
                with open(os.path.join(folder, name), "rb") as file:
                    digest.update(b"\0" + name.encode() + b"\0" + file.read())
    executed = [str(getattr(module, "__file__", None) or "") for _, module in sorted(_loaded.items())]
    for line in (line for file in executed if file for line in described(file)):
        digest.update(line.encode() + b"\n")
    for place in added_folders():
        for number, line in enumerate(code_below(place)):
            if number == MOST_FILES:
                return "", f"{place}, from which it imports, has more than {MOST_FILES} files of code"
            digest.update(line.encode() + b"\n")
    return digest.hexdigest(), ""


def npm_package(name: str) -> dict[str, Any]:
    """Return the package.json of a package that npm installed into this environment; empty if there is none."""
    folder = os.path.join(sys.prefix, *(["node_modules"] if os.name == "nt" else ["lib", "node_modules"]))
    try:
        with open(os.path.join(folder, name, "package.json"), encoding="utf-8") as file:
            told: dict[str, Any] = json.load(file)
            return told
    except (OSError, ValueError):
        return {}


def node() -> list[str]:
    """Return the Node.js on the PATH, which counts where no distribution has it: its path, size and time."""
    return list(described(shutil.which("node") or ""))


def look(packages: list[str], names: list[str], npm: list[str]) -> dict[str, Any]:
    """Return the findings for an adapter that imports some packages, with versions from some distributions and npm."""
    found = {name: one for name in names for one in [distribution(name)] if one is not None}
    start, unknown = at_start()
    interpreter = [sys.executable, os.path.realpath(sys.executable), sys.prefix, sys.version, platform.platform()]
    return {
        "packages": {
            **{name: str(npm_package(name)["version"]) for name in npm},
            **{name: one.version for name, one in found.items()},
        },
        "identity": {
            "interpreter": interpreter,
            "needed": needed(list(found)),
            "files": [files(one) for one in found.values()],
            "start": start,
            **({"npm": [npm_package(name) for name in npm], "node": node()} if npm else {}),
        },
        "changes": changes(found, packages) or unknown,
    }


if __name__ == "__main__":
    wanted: dict[str, tuple[list[str], list[str], list[str]]] = json.loads(sys.argv[1])
    there = {
        adapter: of
        for adapter, of in wanted.items()
        if all(map(folders, of[0])) and all("version" in npm_package(name) for name in of[2])
    }
    print(json.dumps({adapter: look(*of) for adapter, of in there.items()}))
