"""Tiny packages that play frameworks, in a folder of wheels that is the only place where pip may look."""

import os
import subprocess
import sys
import zipfile

import pytest

PACKAGES = (  # name, version, requirements
    ("numpy", "1.26.4", ()),
    ("numpy", "2.4.6", ()),
    ("onnx", "1.17.0", ("numpy<2",)),
    ("onnx", "1.23.2", ("numpy",)),
    ("onnxruntime", "1.20.1", ("numpy",)),
    ("onnxruntime", "1.32.0", ("numpy>=2",)),
)


def write_wheel(folder, name, version, requires=()):
    """Write a wheel with one module, which says its version."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"__version__ = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {one}\n" for one in requires),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD")))


@pytest.fixture
def wheels(tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    for package in PACKAGES:
        write_wheel(folder, *package)
    return folder


class Command:
    """The command in an empty folder, with a data folder of its own and only the tiny packages."""

    def __init__(self, folder, wheels):
        self.folder = folder / "project"
        self.folder.mkdir()
        self.store = folder / "data/convparity/environments"
        self.variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))},
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
        }

    def start(self, *arguments, **options):
        command = [sys.executable, "-m", "convparity", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=self.folder, env=self.variables, **pipes, **options)

    def __call__(self, *arguments, **options):
        process = self.start(*arguments, **options)
        process.out, process.err = process.communicate(timeout=300)
        return process

    def names(self, folder):
        """The names in a folder of the store."""
        path = self.store / folder
        return sorted(os.listdir(path)) if path.exists() else []


@pytest.fixture
def convparity(tmp_path, wheels):
    return Command(tmp_path, wheels)
