"""The command as users start it."""

import subprocess
import sys

import pytest


@pytest.fixture
def convparity(tmp_path):
    """Runs the command in an empty folder; returns the finished process."""

    def run(*arguments):
        command = [sys.executable, "-m", "convparity", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)

    return run
