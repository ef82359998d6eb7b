"""The worker's code as a zip, so that nothing has to be installed where a framework lives; own adapters included."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from .adapters.own.loading import OwnAdapter
from .adapters.registry import OWN, file_name

# The bundle goes first on sys.path; the current folder, which "-c" puts there, must not shadow a framework.
BOOT = (
    "import sys; sys.path[:] = [sys.argv[1]] + [p for p in sys.path if p]; "
    "from convparity.adapters.worker.serve import main; "
    "main(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))"
)


def write_bundle(folder: Path, own: Iterable[OwnAdapter] = ()) -> Path:
    """Write the zip of what a worker runs, with adapters of one's own, into a folder; return its path."""
    path = folder / "worker.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for package in PACKAGES:
            for module in resources.files(package).iterdir():
                if module.name.endswith(".py") and (package != "convparity" or module.name == "__init__.py"):
                    bundle.writestr(f"{package.replace('.', '/')}/{module.name}", module.read_bytes())
        for adapter in own:
            bundle.writestr(f"convparity/adapters/{OWN}/{file_name(adapter.name)}.py", adapter.text)
    return path


PACKAGES = (
    "convparity",
    "convparity.adapters",
    "convparity.adapters.worker",
    "convparity.adapters.own",
    "convparity.adapters.torch",
    "convparity.adapters.keras",
    "convparity.adapters.flax",
    "convparity.adapters.mxnet",
    "convparity.adapters.onnx",
    "convparity.cases",
)
