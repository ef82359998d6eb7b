"""The folder of a hunt: a catalog of its layers, all of it as JSON, and a script for each finding that has one."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from ..cases.errors import InputError
from ..report import output_file
from ..runs.outputs import write
from .hunted import Hunted

CATALOG, RESULT = "hunt.toml", "hunt.json"


def check_folder(folder: Path | None) -> None:
    """Raise InputError if a folder cannot be written to, or holds something already."""
    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        raise InputError([f"-o: {folder} is not a folder; name a new one"])
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError([f"-o: {folder} is not empty; name a new folder"])


def write_folder(hunted: Hunted, folder: Path) -> None:
    """Write everything that was found into a folder, which is made. Raise HarnessFault if that fails."""
    texts = {RESULT: json.dumps(hunted.to_json(), indent=1) + "\n"}
    if hunted.findings:  # a catalog has at least one case
        texts[CATALOG] = hunted.catalog()
    texts |= {f"{one.name}.py": one.script for one in hunted.findings if one.script}
    for name, text in texts.items():
        write(folder / name, partial(output_file.write, folder / name, text.encode()))
