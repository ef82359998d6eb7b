"""Reads a file of ``--pairs``: which layer of the port is which of the original."""

from __future__ import annotations

import tomllib
from pathlib import Path

from ..cases.errors import InputError
from ..cases.text import printable, shown

LARGEST = 2**22  # bytes


def read_pairs(file: Path) -> dict[str, str]:
    """Return the paths in the original by those in the port. Raise InputError for a file of another form."""
    try:
        if file.stat().st_size > LARGEST:
            raise InputError([f"{file}: larger than {LARGEST // 2**20} MB"])
        pairs = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError([f"{file}: cannot be read: {error.strerror}"]) from None
    except (ValueError, RecursionError) as error:
        raise InputError([f"{file}: not TOML: {printable(str(error))}"]) from None
    for name, value in pairs.items():
        if not isinstance(value, str):
            what = 'a path in the original, as in "features.0.0" = "Conv1"'
            raise InputError([f"{file}: {printable(name)} is {shown(value)}; expected {what}"])
    return pairs
