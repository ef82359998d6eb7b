"""The zip archives that models are saved in: looked through before a framework reads them.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from .recorder import NotAModel

LARGEST = 2**33  # bytes of all files of an archive, unpacked
LARGEST_JSON = 2**27  # bytes; a network of 10,000 layers takes 20 MB


class Archive:
    """A zip archive whose files all lie inside it, under names of their own, and are not too large together."""

    def __init__(self, path: Path) -> None:
        """Open an archive. Raise NotAModel if it is none, is damaged, or holds files that no framework writes."""
        self.path = path
        try:
            self.zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
            raise NotAModel(f"{path}: not a zip archive, or an incomplete one; save the model again") from None
        self.names = self.zip.namelist()
        for name in self.names:
            place = PurePosixPath(name.replace("\\", "/"))
            if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
                raise NotAModel(f"{path}: has a file {name[:100]!r} outside of itself; no framework writes that")
        if len(set(self.names)) != len(self.names):
            raise NotAModel(f"{path}: has two files of the same name; no framework writes that")
        size = sum(file.file_size for file in self.zip.infolist())
        if size > LARGEST:
            raise NotAModel(f"{path}: unpacks to {size / 2**30:.1f} GB; expected {LARGEST // 2**30} GB at most")

    def json(self, name: str) -> Any:
        """Return the content of a JSON file of the archive. Raise NotAModel if it is missing or damaged."""
        try:
            if self.zip.getinfo(name).file_size > LARGEST_JSON:
                raise NotAModel(f"{self.path}: {name} is larger than {LARGEST_JSON // 2**20} MB; too large for a model")
            return parsed(self.zip.read(name), f"{self.path}: {name}")
        except KeyError:
            raise NotAModel(f"{self.path}: has no {name}; save the model again") from None
        except (OSError, EOFError, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError):
            raise NotAModel(f"{self.path}: {name} is damaged; save the model again") from None


def parsed(text: str | bytes, place: str) -> Any:
    """Return the value of a JSON text. Raise NotAModel, which names the place, if it is none."""
    try:
        return json.loads(text)
    except RecursionError:
        raise NotAModel(f"{place} is nested too deeply for a model") from None
    except ValueError:
        raise NotAModel(f"{place} is not JSON; save the model again") from None


def inside(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield every value in a JSON value, with the key of the innermost object that holds it; objects before parts."""
    waiting = [("", tree)]
    while waiting:
        key, value = waiting.pop()
        yield key, value
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += [(key, part) for part in value]
