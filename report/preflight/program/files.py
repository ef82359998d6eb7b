"""The files of a project that the source of a model imports: found beside it, and read as text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

LARGEST = 2**20  # bytes of a file
# Their layers are known by name, even where a file stands among their own sources.
FRAMEWORKS = {"torch", "torchvision", "keras", "tf_keras", "tensorflow", "jax", "flax", "mxnet", "numpy"}
UPWARDS = 3  # folders above the file's own that ``import`` may be relative to


@dataclass(frozen=True)
class File:
    """A file of source: its text, and its path, empty where it has none."""

    text: str
    path: str = ""

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, as Python counts them."""
        return re.split(r"\r\n|\r|\n", self.text)


def imported(file: File, module: str, level: int = 0) -> File | None:
    """Return the file that an import in another file names; None if it is not beside that file.

    ``level`` is the number of dots before the name of the module.
    """
    if not file.path or (not level and module.partition(".")[0] in FRAMEWORKS):
        return None
    for folder in _folders(Path(file.path).absolute().parent, level):
        whole = folder.joinpath(*module.split(".")) if module else folder
        for path in (whole.with_name(f"{whole.name}.py"), whole / "__init__.py"):
            if path.is_file() and path.stat().st_size <= LARGEST:
                return _read(path)
    return None


def _folders(own: Path, level: int) -> Iterator[Path]:
    if level:
        yield own.parents[level - 2] if level > 1 else own
    else:
        yield from (own, *own.parents[:UPWARDS])


def _read(path: Path) -> File | None:
    try:
        return File(path.read_text(encoding="utf-8-sig"), os.path.relpath(path))
    except (OSError, UnicodeDecodeError, ValueError):
        return None
