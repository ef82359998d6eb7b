"""The worker's code as a zip, so that nothing has to be installed where a framework lives; own adapters included."""

from __future__ import annotations

import zipfile
from importlib import resources
from pathlib import Path

from . import own_adapters
from .adapters.adapter import module_name

# The bundle goes first on sys.path; the current folder, which "-c" puts there, must not shadow a framework.
BOOT = (
    "import sys; sys.path[:] = [sys.argv[1]] + [p for p in sys.path if p]; "
    "from convparity.adapters.worker import main; main(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))"
)


def write_bundle(folder: Path) -> Path:
    """Write the zip of ``convparity.adapters`` and ``convparity.cases`` into a folder; returns its path."""
    path = folder / "worker.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for package in ("convparity", "convparity.adapters", "convparity.cases"):
            for module in resources.files(package).iterdir():
                if module.name.endswith(".py") and (package != "convparity" or module.name == "__init__.py"):
                    bundle.writestr(f"{package.replace('.', '/')}/{module.name}", module.read_bytes())
        for name, file in own_adapters.files().items():
            bundle.write(file, f"convparity/adapters/{module_name(name)}.py")
    return path
