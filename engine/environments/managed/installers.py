"""The programs that resolve and install packages: pip, or uv where it is at hand and finds the same packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from ...cases.errors import HarnessFault
from .reasons import reason
from .telling import Tell

LAST = 2000  # lines of output in which the reason for a failure is looked for
SOURCES = re.compile(r"\.(index-url|extra-index-url|find-links|no-index)=")  # pip's settings that uv does not read
LARGE = 5  # MB from which a download is reported
# The lines of pip and of uv that are shown.
STEPS = (
    re.compile(r"^\s*Downloading (?P<what>\S+) \((?P<size>[\d.]+ ?[kKMG]i?B)\)"),
    re.compile(r"^\s*(?P<what>Prepared \d+ packages?)"),
)


class Installer(Protocol):
    """A program that installs packages into an environment."""

    name: str

    def resolve(self, requirements: Sequence[str], pinned: bool) -> list[str]:
        """Return all packages that requirements lead to, as ``NAME==VERSION``; with ``pinned``, these and no others."""

    def install(self, pins: Sequence[str]) -> None:
        """Install exactly these packages, which ``resolve`` has returned."""


class Runner:
    """Runs commands for one environment: their output goes to a log, and their steps are shown."""

    def __init__(self, log: IO[str], tell: Tell) -> None:
        self.log, self.tell = log, tell

    def run(self, command: Sequence[str], **variables: str) -> None:
        """Run a command. Raise HarnessFault with its reason if it fails; end it if this process is interrupted."""
        self.log.write(f"$ {' '.join(command)}\n")
        lines: list[str] = []
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **variables},
        ) as process:
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    self.log.write(line)
                    self.log.flush()
                    lines.append(line.rstrip())
                    del lines[:-LAST]
                    if step := _step(line):
                        self.tell(step)
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise HarnessFault(reason(lines) or f"{command[0]} ended with exit status {process.returncode}")


def _step(line: str) -> str:
    """Return the step that a line of output reports; empty if it reports none, or only a small download."""
    found = next((match for step in STEPS if (match := step.match(line))), None)
    if not found:
        return ""
    if not (size := found.groupdict().get("size")):
        return found["what"].lower()
    number, unit = re.split(r"(?<=[\d.]) ?(?=[kKMG])", size)
    return (
        f"downloading {found['what']} ({size})" if unit[0] == "G" or (unit[0] == "M" and float(number) > LARGE) else ""
    )


class Pip:
    """The pip in the environment itself."""

    name = "pip"

    def __init__(self, runner: Runner, python: str, scratch: Path) -> None:
        self.runner, self.scratch, self.wheels = runner, scratch, scratch / "wheels"
        # Isolated from PYTHONPATH, whose packages would count as installed.
        self.command = [python, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "--no-color"]

    def resolve(self, requirements: Sequence[str], pinned: bool) -> list[str]:
        """Download the packages as well, which pip needs for the metadata of many."""
        self._run("wheel", *(["--no-deps"] if pinned else []), "--wheel-dir", str(self.wheels), *requirements)
        found = (parse_wheel_filename(wheel.name)[:2] for wheel in self.wheels.glob("*.whl"))
        return sorted(f"{name}=={version}" for name, version in found)

    def install(self, pins: Sequence[str]) -> None:
        # By name, because a package that is installed from a file may change without a new version.
        self._run("install", "--no-deps", "--no-index", "--find-links", str(self.wheels), "--compile", *pins)

    def _run(self, *arguments: str) -> None:
        self.runner.run([*self.command, *arguments, "--progress-bar", "off"])

    def has_sources(self) -> bool:
        """Return whether pip is configured to find packages where uv does not look."""
        told = subprocess.run([*self.command, "config", "list"], capture_output=True, text=True, check=False)
        return bool(SOURCES.search(told.stdout))


class Uv:
    """uv, which takes seconds where pip takes minutes, and shares the files of its cache by hard links."""

    name = "uv"

    def __init__(self, runner: Runner, uv: str, python: str, scratch: Path) -> None:
        self.runner, self.uv, self.python, self.scratch = runner, uv, python, scratch

    def resolve(self, requirements: Sequence[str], pinned: bool) -> list[str]:
        if pinned:
            return sorted(requirements)
        wanted, pins = self.scratch / "requirements.txt", self.scratch / "resolved.txt"
        wanted.write_text("".join(f"{one}\n" for one in requirements), encoding="utf-8")
        options = ["--python", self.python, "--no-header", "--no-annotate", "--output-file", str(pins)]
        self.runner.run([self.uv, "pip", "compile", "--quiet", *options, str(wanted)])
        return sorted(line.strip() for line in pins.read_text(encoding="utf-8").splitlines() if "==" in line)

    def install(self, pins: Sequence[str]) -> None:
        # Without byte code, which uv leaves out by default, each start of a worker takes four times as long.
        options = ["--python", self.python, "--no-deps", "--compile-bytecode"]
        link = os.environ.get("UV_LINK_MODE", "hardlink")
        self.runner.run([self.uv, "pip", "install", *options, *pins], UV_LINK_MODE=link)


def choose(runner: Runner, python: str, scratch: Path, packages: Sequence[str]) -> Installer:
    """Return uv if it is at hand and finds the same packages as pip, else pip; a line says why uv is not used."""
    pip, uv = Pip(runner, python, scratch), find_uv()
    if not uv:
        return pip
    names = {canonicalize_name(Requirement(package).name) for package in packages}
    if "torch" in names:  # uv 0.13 takes the build of torch for GPUs, of several gigabytes
        runner.tell("pip installs this, because uv finds no build of torch for the CPU")
        return pip
    if pip.has_sources() and not any(name.startswith("UV_") and "INDEX" in name for name in os.environ):
        runner.tell("pip installs this, because it is configured to find packages where uv does not look")
        return pip
    return Uv(runner, uv, python, scratch)


def find_uv() -> str:
    """Return the path of uv: that of the package ``uv`` beside us, or that on the PATH; empty if there is none."""
    try:
        from uv import find_uv_bin
    except ImportError:
        return shutil.which("uv") or ""
    try:
        return str(find_uv_bin())
    except FileNotFoundError:
        return shutil.which("uv") or ""
