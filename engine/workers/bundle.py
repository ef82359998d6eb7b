"""Packs the worker's code into a zip, with the user's own adapters, so that environments need only a framework."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from ..adapters.registry import OWN, file_name
from ..environments.find import EnvironmentSpec
from .code import text, travelling

# The bundle goes first on sys.path. An older Python fails on the worker's syntax, with an error that hides why.
_BOOT = (
    "sys.version_info >= (3, 9) or sys.exit(print("
    """'{"failed": "Python %d.%d is too old; expected 3.9 or newer", "log": ""}' % sys.version_info[:2])); """
    "sys.path.insert(0, sys.argv[1]); "
    "from convparity.adapters.worker.{} import main; "
    "main(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))"
)

BOOT, BOOT_MODELS = (_BOOT.replace("{}", entry) for entry in ("serve", "models"))


def write_bundle(folder: Path, specs: Sequence[EnvironmentSpec], models: bool = False) -> Path:
    """Return the path of a zip, written into a folder, with the code that the workers of environments run.

    With ``models``, they also record models.
    """
    path = folder / "worker.zip"
    modules = dict.fromkeys(module for spec in specs for module in travelling(spec.adapter, models))
    with zipfile.ZipFile(path, "w") as bundle:
        for module in modules:
            bundle.writestr(f"convparity/{module}", text(module))
        for spec in specs:
            if spec.own:
                name = f"convparity/adapters/{OWN}/{file_name(spec.adapter)}.py"
                if name not in bundle.namelist():
                    bundle.writestr(name, spec.own.text)
    return path
