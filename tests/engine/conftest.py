"""The command as users start it, and an interpreter that plays a framework for it."""

import subprocess
import sys

import pytest

from .interpreter import CATALOG, Interpreter


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory, monkeypatch):
    """Where the cache is: a folder of each test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def convparity(tmp_path):
    """Runs the command in an empty folder; returns the finished process."""

    def run(*arguments):
        command = [sys.executable, "-m", "convparity", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)

    return run


@pytest.fixture
def interpreter(tmp_path):
    return Interpreter(tmp_path / "its")


@pytest.fixture
def run(convparity, tmp_path, interpreter):
    """Runs two cases in the interpreter; returns the finished process."""
    (tmp_path / "two.toml").write_text(CATALOG)

    def run(*options):
        return convparity("run", "two.toml", "--env", f"torch={interpreter.python}", *options)

    return run
