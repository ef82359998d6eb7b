"""Runs the script of a layer in the interpreter of an environment, as the text that is shown.

A script has either a function ``apply`` of arrays, which are passed in files, or a ``y`` of its own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..cases.errors import HarnessFault
from ..cases.text import printable
from ..environments.find import EnvironmentSpec, variables_of
from ..environments.interpreters import command, inherited

TIMEOUT = 300.0  # seconds, enough for a large framework on a cold disk
RUN = """import json, runpy, sys
from importlib import metadata
script, folder, names, distributions, argument = sys.argv[1:]
sys.argv = [script, argument]
packages = {}
for name in distributions.split(","):
    try:
        packages[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
try:
    made = runpy.run_path(script, run_name="__main__")
    import numpy
    arrays = [numpy.load(f"{folder}/{name}.npy") for name in filter(None, names.split(","))]
    y = numpy.asarray(made["apply"](*arrays) if arrays else made["y"])
except Exception as error:
    with open(f"{folder}/error", "w") as file:
        file.write(f"{type(error).__name__}: {error}")
    sys.exit(1)
numpy.save(f"{folder}/y.npy", y)
with open(f"{folder}/packages.json", "w") as file:
    json.dump(packages, file)
"""


class ScriptError(Exception):
    """A script ended with an error; the message is the error's last line."""


@dataclass(frozen=True)
class Ran:
    """The output of a script, and the versions of the packages that it ran with, the framework first."""

    y: np.ndarray
    packages: Mapping[str, str]

    @property
    def versions(self) -> str:
        """The framework's version, and the others that it ran with: ``keras 3.15.1 (jax 0.10.2, jaxlib 0.10.2)``."""
        first, *rest = [f"{name} {version}" for name, version in self.packages.items() if name != "numpy"] or ["?"]
        return first + (f" ({', '.join(rest)})" if rest else "")


class RunningScript:
    """A script in another process, from its start on. ``kill`` has to be called in the end."""

    def __init__(
        self, spec: EnvironmentSpec, text: str, arrays: Mapping[str, np.ndarray], folder: Path, argument: str = ""
    ) -> None:
        """Start it; ``folder`` is one of its own. Raise HarnessFault if the interpreter cannot be started."""
        if spec.problem:
            raise HarnessFault(f"environment {printable(spec.label, 60)!r}: {spec.problem}")
        folder.mkdir()
        self.spec, self.folder, self.started = spec, folder, time.monotonic()
        path = folder / "script.py"
        path.write_text(text, encoding="utf-8")
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        given = str(path), str(folder), ",".join(arrays), ",".join(spec.kind.distributions), argument
        variables = {**inherited(os.environ), **variables_of(spec)}
        try:
            with (folder / "log").open("w") as log:
                self.process = subprocess.Popen(
                    command(spec.python, RUN, *given),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=variables,
                    start_new_session=True,  # so that its own children can be ended with it
                )
        except OSError as error:
            where = f"environment {printable(spec.label, 60)!r} cannot be started"
            raise HarnessFault(f"{where}: {error.strerror}: {spec.python}") from None

    def result(self) -> Ran:
        """Return the result, after waiting for it. Raise ScriptError if it ends with an error or takes too long."""
        try:
            status = self.process.wait(max(self.started + TIMEOUT - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            raise ScriptError(f"it took more than {TIMEOUT:.0f} s") from None
        if status:
            raise ScriptError(self._error() or f"it ended with status {status}")
        packages = json.loads((self.folder / "packages.json").read_text())
        return Ran(np.load(self.folder / "y.npy", allow_pickle=False), packages)

    def _error(self) -> str:
        """Return the error that the script ended with, or else the last line that it printed."""
        for name, lines in (("error", slice(None)), ("log", slice(-1, None))):
            path = self.folder / name
            text = path.read_text(errors="replace").strip() if path.exists() else ""
            if text:
                return printable(" ".join(text.splitlines()[lines]), 300)
        return ""

    def kill(self) -> None:
        """End the process and its children, if they run."""
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            elif self.process.poll() is None:
                self.process.kill()
        self.process.wait()
