"""The releases of a package that the package index has, as pip finds them with its own settings.

pip is asked, and not the index, because pip knows the user's indexes, credentials, proxies and folders of wheels. It is
the pip that virtualenv puts into the environments that convparity makes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from packaging.version import InvalidVersion, Version

from ..cases.errors import HarnessFault
from ..cases.text import printable, several
from ..environments.managed.reasons import reason

TIMEOUT = 300  # seconds for pip to answer


def released(package: str, pythons: Sequence[str], pre: bool = False) -> dict[str, set[Version]]:
    """Return the releases of a package that have a wheel for this machine, for each version of Python such as ``3.11``.

    Yanked releases are left out, and so are pre-releases unless ``pre``. Raise HarnessFault if there are none at all.
    """
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda python: _asked(package, python, pre), pythons))
    if not any(found for found, _ in answers):
        why = next((told for _, told in answers if told), "it has no wheels")
        where = f"Python {several(list(pythons))}"
        raise HarnessFault(f"{printable(package, 60)}: pip finds no release for {where} on this machine: {why}")
    return {python: found for python, (found, _) in zip(pythons, answers, strict=True)}


def _asked(package: str, python: str, pre: bool) -> tuple[set[Version], str]:
    """Return the releases for one version of Python; where there are none, an empty set and what pip said."""
    options = ["--json", "--only-binary=:all:", "--python-version", python, *(["--pre"] if pre else [])]
    command = [*_pip(), "index", "versions", package, *options]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return set(), f"pip did not answer within {TIMEOUT} s"
    if done.returncode:
        return set(), reason(done.stderr.splitlines()) or f"pip ended with exit status {done.returncode}"
    return set(_versions(json.loads(done.stdout)["versions"])), ""


def _versions(texts: Sequence[str]) -> Iterator[Version]:
    for text in texts:
        try:
            yield Version(text)
        except InvalidVersion:  # of before there were rules
            continue


def _pip() -> list[str]:
    """Return the command of pip; not every Python that convparity runs in has one."""
    from virtualenv.seed.wheels.embed import get_embed_wheel

    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    wheel = get_embed_wheel("pip", here)
    if wheel is None:
        raise HarnessFault(f"virtualenv has no pip for Python {here}; update virtualenv")
    # Isolated, as where environments are made.
    return [sys.executable, "-I", f"{wheel.path}/pip", "--disable-pip-version-check", "--no-input", "--no-color"]
