"""The command on real frameworks: the environments of this checkout's pyproject.toml, which tox makes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Command:
    """The command, started in the checkout, so that it finds the environments; with an empty cache, if not another."""

    root = ROOT

    def __init__(self, folders):
        self.folders = folders

    def start(self, *arguments, cache=None, **options):
        command = [sys.executable, "-m", "convparity", *map(str, arguments)]
        options.setdefault("cwd", ROOT)
        cache = cache or self.folders.mktemp("cache")
        variables = {**os.environ, "COLUMNS": "100", "XDG_CACHE_HOME": str(cache)}
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables, **options
        )

    @staticmethod
    def wait_for(results, observations, process, seconds=120):
        """Until the results file has more than so many; fails when the run ends or time is up first."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if results.exists() and results.read_text().count('"kind":"observation"') > observations:
                return
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        pytest.fail("the run did not get that far")

    def __call__(self, *arguments, cache=None, **options):
        process = self.start(*arguments, cache=cache, **options)
        process.out, process.err = process.communicate(timeout=600)
        return process


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    """Keeps what a test runs in its own process, or starts by itself, out of the developer's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def convparity(tmp_path_factory):
    return Command(tmp_path_factory)


@pytest.fixture(scope="session")
def convparity_root():
    """The checkout, where the environments are found."""
    return ROOT


@pytest.fixture(scope="session")
def run_catalog(convparity, tmp_path_factory):
    """Runs a catalog and returns the finished process and the rows of --json by (case, environment, spelling)."""

    def run(*arguments):
        path = tmp_path_factory.mktemp("run") / "verdicts.json"
        done = convparity("run", *arguments, "--json", path)
        rows = json.loads(path.read_text())["verdicts"]
        return done, {(row["case"], row["environment"], row["spelling"]): row for row in rows}

    return run


@pytest.fixture(scope="session")
def textbook(run_catalog):
    """The main job, run once."""
    return run_catalog("textbook")


@pytest.fixture(scope="session")
def grid(run_catalog):
    """The large catalog, run once."""
    return run_catalog("grid")
