"""A folder full of modules named as those of Python, and variables that change what Python does, decide nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from convparity import api
from convparity.adapters.own.loading import OwnAdapter
from convparity.environments.find import installed

from .interpreter import CATALOG

COMMAND = Path(sys.executable).with_name("convparity")
ADAPTER = """
import numpy as np


def run(case, x, weights):
    raise ValueError("not yet")
"""
ENVIRONMENT = f"mine={sys.executable}"
OBSERVED = ["observe", ENVIRONMENT, "two.toml", "--adapter", "mine.py"]
COMMANDS = [
    ["envs"],
    ["envs", "--env", f"torch={sys.executable}"],
    ["run", "two.toml", "--adapter", "mine.py", "--env", ENVIRONMENT, "--html", "r.html", "--json", "r.json"],
    [*OBSERVED, "-o", "o.jsonl"],
    ["check-adapter", "mine.py", "--env", sys.executable],
    ["report", "r.jsonl", "--html", "s.html", "--junit", "s.xml", "--markdown", "s.md"],
    ["explain", "nn.Conv2d(1, 1, 3)", "--input", "8x8", "--adapter", "mine.py", "--env", ENVIRONMENT],
    ["compare", "nn.Conv2d(1, 1, 3)", "nn.Conv2d(1, 1, 3)", "--input", "8x8", "--json", "c.json"],
    ["cache"],
    ["diff", "r.jsonl", "r.jsonl", "--html", "d.html"],
    ["lock", "r.jsonl"],
    ["expect", "update", "r.jsonl", "--expectations", "e.toml"],
    ["schema", "results"],
]


@pytest.fixture
def convparity(tmp_path, monkeypatch):
    """Runs the installed command in a folder with a catalog, an adapter and a results file."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (tmp_path / "two.toml").write_text(CATALOG)
    (tmp_path / "mine.py").write_text(ADAPTER)
    (tmp_path / "e.toml").touch()

    def run(*arguments, **variables):
        return subprocess.run(
            [COMMAND, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), **variables},
            timeout=300,
            check=False,
        )

    observed = run(*OBSERVED, "-o", "r.jsonl")
    assert "2 of 2 cases observed" in observed.stderr
    return run


@pytest.fixture
def planted(convparity, tmp_path):
    """Modules in the current folder that leave a mark; returns what has left one."""
    mark = tmp_path / "executed"
    names = {*sys.stdlib_module_names, "sitecustomize", "usercustomize", "numpy", "torch", "site-packages"}
    for name in names - {"mine"}:
        text = f"open({str(mark)!r}, 'a').write(__name__ + ' ')\nraise SystemExit(7)\n"
        (tmp_path / f"{name}.py").write_text(text)
    return lambda: mark.read_text() if mark.exists() else ""


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2])[:25])
def test_no_command_executes_a_module_of_the_current_folder(convparity, planted, command, tmp_path):
    done = convparity(*command)
    assert planted() == ""
    assert done.returncode in ((3,) if command[0] == "envs" else (0, 1)), done.stderr  # no framework is installed here
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("path", [":{other}", "{other}:", ".", "{other}::.", "sub/.."])
def test_no_module_is_found_through_a_python_path_that_depends_on_the_current_folder(
    convparity, planted, tmp_path, monkeypatch, path
):
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("PYTHONPATH", path.format(other=tmp_path / "other"))
    monkeypatch.chdir(tmp_path)
    assert installed(sys.executable, {"mine": OwnAdapter.load("mine.py").kind}).keys() == {"mine"}
    report = api.run("two.toml", environments=ENVIRONMENT, adapters="mine.py")
    assert (report.results.faults, report.counts, planted()) == ([], {"rejects": 2}, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYTHONSTARTUP", "{here}/startup.py"),
        ("PYTHONINSPECT", "1"),
        ("PYTHONOPTIMIZE", "2"),
        ("PYTHONHOME", "/nowhere"),
        ("PYTHONSAFEPATH", "1"),
        ("PYTHONWARNINGS", "error"),
        ("PYTHONVERBOSE", "1"),
        ("PYTHONPLATLIBDIR", "nowhere"),
        ("PYTHONDEVMODE", "1"),
    ],
)
def test_environment_variables_of_python_change_nothing(convparity, tmp_path, monkeypatch, name, value):
    (tmp_path / "startup.py").write_text("raise SystemExit(7)")
    (tmp_path / "mine.py").write_text("def run(case, x, weights):\n    assert False, 'heeded'\n")
    monkeypatch.setenv(name, value.format(here=tmp_path))
    monkeypatch.chdir(tmp_path)
    report = api.run("two.toml", environments=ENVIRONMENT, adapters="mine.py", output="v.jsonl")
    assert report.results.faults == []
    assert [verdict.observation.error for verdict in report.verdicts] == ["AssertionError: heeded"] * 2
    observed = [json.loads(line) for line in Path("v.jsonl").read_text().splitlines()]
    assert {line.get("log", "") for line in observed if line["kind"] == "observation"} == {""}
