"""The command as users start it."""

import subprocess
import sys

import pytest


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
