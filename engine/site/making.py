"""Makes the live page: a folder of files for any web server, in which the reader's own browser answers a line.

``index.html`` is the page, ``pyodide/`` the Python of the browser, and ``convparity.zip`` the code of the answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from .. import __version__
from ..adapters.registry import USUAL, folder, held, title
from ..cases.errors import InputError
from ..cases.text import printable
from ..report import output_file
from ..report.formats.html import LIVE, filled
from ..report.live.answer import answered
from ..report.live.examples import EXAMPLES, Example
from ..runs.outputs import write
from .code import packed

PAGE, CODE, PYODIDE = "index.html", "convparity.zip", "pyodide"
MARK = b'name="generator" content="convparity"'


def check_folder(folder: Path) -> None:
    """Raise InputError for a folder that is none, or whose ``index.html`` is not ours to overwrite."""
    if folder.exists() and not folder.is_dir():
        raise InputError([f"-o: {printable(str(folder))!r} is a file; name a folder"])
    page = folder / PAGE
    if page.exists() and MARK not in page.read_bytes():
        raise InputError([f"-o: {page} is a page that convparity did not make; name another folder"])


def make(folder: Path, pyodide: Mapping[str, bytes], matrix: str = "") -> Path:
    """Write the live page into a folder, and return its path. ``matrix`` is the address of a matrix to link to, if any.

    Raise HarnessFault if a file cannot be written.
    """
    code = packed()
    files = {f"{PYODIDE}/{name}": content for name, content in pyodide.items()}
    files[CODE] = code
    size = sum(map(len, files.values()))
    files[PAGE] = filled(shown(code, size, matrix), LIVE).encode()
    for name, content in files.items():
        write(folder / name, partial(output_file.write, folder / name, content))
    return folder / PAGE


def shown(code: bytes, size: int, matrix: str = "") -> dict[str, Any]:
    """Return the content of the page; ``app/src/live/page.ts`` documents it."""
    return {
        "format": 1,
        "headline": "The same layer in another framework",
        "version": __version__,
        # A browser that kept the code of an earlier version fetches this one.
        "code": f"{CODE}?{hashlib.sha256(code).hexdigest()[:12]}",
        "pyodide": f"{PYODIDE}/",
        "megabytes": round(size / 1e6),
        "frameworks": list(_frameworks()),
        "held": list(dict.fromkeys(map(held, USUAL))),
        "matrix": matrix,
        "examples": [_example(one) for one in EXAMPLES],
    }


def _frameworks() -> Iterator[tuple[str, str]]:
    """Yield the first adapter of each framework, and the framework's name."""
    seen = set()
    for name in USUAL:
        if folder(name) not in seen:
            seen.add(folder(name))
            yield name, title(name)


def _example(one: Example) -> dict[str, Any]:
    found = answered(one.line, one.second, one.input, one.to)
    return {"title": one.title, "line": one.line, "second": one.second, "input": one.input, "to": one.to} | {
        "answer": found
    }
