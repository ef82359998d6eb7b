"""Makes an environment for a request, once: resolves its packages, installs them, and puts it into the store."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ...cases.errors import HarnessFault
from ...cases.text import count, printable
from .installers import Runner, choose
from .interpreters import find_python
from .npm import SCOPE, Npm, npm_pin
from .request import Request
from .store import About, Made, Store, digest, interpreter, size_of
from .telling import Tell, telling

SCRATCH = "convparity"  # in an environment's folder while it is made: the files of the installer


def make(store: Store, request: Request) -> Made:
    """Return the environment for a request, after making it if no process has. Its steps are printed.

    Raise HarnessFault, with the reason, if it cannot be made.
    """
    log = store.path / "logs" / f"{digest(request.asked)}.log"
    name = printable(request.asked, 60)
    try:
        with telling(name) as tell:
            return _make(store, request, log, tell)
    except HarnessFault as fault:
        where = f" (the whole output: {log})" if log.exists() else ""
        raise HarnessFault(f"{name} cannot be installed: {printable(str(fault), 900)}{where}") from None
    except OSError as error:
        place = error.filename or store.path
        hint = "set XDG_DATA_HOME to choose another folder"
        raise HarnessFault(f"{name} cannot be installed: {place}: {error.strerror or error}; {hint}") from None


def _make(store: Store, request: Request, log: Path, tell: Tell) -> Made:
    with store.lock(request, lambda: tell("waiting for another process that is installing the same")):
        if made := store.find(request):
            return made
        started = time.monotonic()
        log.unlink(missing_ok=True)  # of a failure before
        python, version = find_python(request.python)
        log.parent.mkdir(parents=True, exist_ok=True)
        with store.workshop(request) as folder, log.open("w", encoding="utf-8") as output:
            runner = Runner(output, tell)
            made_here = _virtual_environment(runner, python, folder)
            scratch = folder / SCRATCH
            scratch.mkdir()
            tell(f"Python {version}; resolving {', '.join(request.requirements)}")
            installer = choose(runner, made_here, scratch, request.requirements)
            ours = [pin for pin in request.pins if not pin.startswith(SCOPE)]
            pins = installer.resolve(ours or request.requirements, pinned=bool(ours))
            if request.npm:  # the versions of a lock are among its pins
                locked = [pin for pin in request.pins if pin.startswith(SCOPE)]
                pins += locked or [npm_pin(package) for package in request.npm]
            key = _key(python, version, pins)
            if store.made(key) is None:
                tell(f"installing {count(len(pins), 'package')} with {installer.name}")
                installer.install([pin for pin in pins if not pin.startswith(SCOPE)])
                Npm(runner, made_here, folder).install([pin for pin in pins if pin.startswith(SCOPE)])
                shutil.rmtree(scratch)
                packages = dict(pin.partition("==")[::2] for pin in sorted(pins))
                store.place(folder, key, About(version, packages, size_of(folder)))
        store.remember(request, key)
        made = store.made(key)
        assert made is not None
        log.unlink(missing_ok=True)
        tell(f"ready after {time.monotonic() - started:.0f} s, {made.about.size / 1e6:.0f} MB")
        return made


def _virtual_environment(runner: Runner, python: str, folder: Path) -> str:
    """Make an empty environment and return its interpreter. virtualenv brings pip along, which not every Python has."""
    # -I, because a file in the current folder could shadow a module.
    command = [sys.executable, "-I", "-m", "virtualenv", "--quiet", "--no-periodic-update", "--no-vcs-ignore"]
    runner.run([*command, "--python", python, str(folder)])
    return str(interpreter(folder))


def _key(python: str, version: str, pins: Sequence[str]) -> str:
    """Return the name of the environment with these packages and this interpreter."""
    return digest(json.dumps([python, version, platform.machine(), sorted(pins)]))
