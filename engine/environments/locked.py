"""Holds environments to a lock of ``convparity envs lock``, as ``--locked`` asks: what differs is refused and named."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ..adapters.needs import NEEDS
from ..cases.errors import InputError
from ..cases.text import count, printable, several
from .find import LOOK_TIMEOUT, EnvironmentSpec
from .interpreters import command, inherited
from .managed.lockfile import Lock, Locked, entry, lock_of, locked, read_lock
from .managed.request import Request
from .managed.store import Store

PYTHON = "Python"  # as the name of a package
VERSIONS = """import json, platform
from importlib import metadata
found = {one.metadata["Name"]: one.version for one in metadata.distributions()}
print(json.dumps({"Python": platform.python_version(), **found}))
"""  # Python 3.9
Difference = tuple[str, str, str]  # what differs, what there is, and what is locked


def held_to_lock(specs: Sequence[EnvironmentSpec], path: Path | None) -> list[EnvironmentSpec]:
    """Return environments with the versions that a lock has for them; without a lock, the environments themselves.

    Raise InputError, with every problem, where one is not as locked. What is not installed yet will be.
    """
    if path is None:
        return list(specs)
    lock, store = read_lock(path, missing_ok=False), Store()
    problems = [f"{path}: {problem}" for spec in specs if (problem := _problem(spec, lock, store))]
    if problems:
        raise InputError(problems)
    return [replace(spec, request=locked(spec.request, lock)) if spec.request else spec for spec in specs]


def _problem(spec: EnvironmentSpec, lock: Lock, store: Store) -> str:
    """Return the difference of an environment from the lock, and what to do; empty if there is none."""
    label, request = printable(spec.label, 60), spec.request
    if request is None:
        near = [one for one in lock if one.asked == spec.label] or _of_adapter(spec.adapter, lock)
        hint = f"install the locked versions there, or leave it to convparity: --with {spec.adapter}"
        return _differs(label, spec.python, near, hint) if near else _missing(label, lock)
    found = entry(request, lock)
    if found is None:
        return _asked_for(label, request, lock)
    made = next((made for made in store.all() if lock_of(made) == (found.version, found.packages)), None)
    hint = "" if made is None else f"delete it with `convparity envs remove {made.key}`, and it is installed anew"
    return _differs(label, made.python, [found], hint) if made else ""


def _of_adapter(adapter: str, lock: Lock) -> list[Locked]:
    """Return the locked environments that an adapter could use."""
    names = {package.name.partition("[")[0] for package in NEEDS[adapter].packages} if adapter in NEEDS else {adapter}
    return [one for one in lock if names <= set(one.versions)]


def _differs(label: str, python: str, near: Sequence[Locked], hint: str) -> str:
    """Return how the packages of an interpreter differ from the locked ones that are nearest; empty if they do not."""
    there = _versions(python)
    if not there:
        return f"{label}: {python} does not say what is installed there; it has to be a Python interpreter"
    found = min((_differences(there, one) for one in near), key=len)
    if not found:
        return ""
    (name, has, wanted), *more = found
    others = f", and so {'do' if len(more) > 1 else 'does'} {count(len(more), 'other package')}" if more else ""
    return f"{label} is not as locked: {name} is {has} instead of {wanted} in {python}{others}; {hint}"


def _differences(there: dict[str, str], one: Locked) -> list[Difference]:
    """Return where installed versions differ from a locked environment, its adapter's own packages first."""
    wanted = {PYTHON: one.version, **one.versions}
    has = {name: there.get(name, "missing") for name in wanted}
    has[PYTHON] = there[PYTHON].rpartition(".")[0]  # a newer patch release will do
    names = sorted(wanted, key=lambda name: (name not in one.names, name))
    return [(name, has[name], wanted[name]) for name in names if has[name] != wanted[name]]


def _versions(python: str) -> dict[str, str]:
    """Return the versions of Python and of all packages in an interpreter; {} if it does not run."""
    try:
        answer = subprocess.run(
            command(python, VERSIONS),
            capture_output=True,
            env=inherited(os.environ),
            stdin=subprocess.DEVNULL,
            timeout=LOOK_TIMEOUT,
            check=True,
        )
        told = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return {name if name == PYTHON else canonicalize_name(name): version for name, version in told.items() if name}


def _asked_for(label: str, request: Request, lock: Lock) -> str:
    """Return how a request differs from the locked one of the same name or the same packages."""
    names = sorted(canonicalize_name(Requirement(text).name) for text in request.requirements)
    near = [one for one in lock if one.asked == request.asked] or [one for one in lock if one.names == names]
    if not near:
        return _missing(label, lock)
    old, new = set(near[0].requirements), set(request.requirements)
    wanted = ", ".join(sorted(new - old)) or f"Python {request.python}"
    known = ", ".join(sorted(old - new)) or f"Python {near[0].python}"
    hint = "ask for what is locked, or write the lock anew with `convparity envs lock`"
    return f"{label} is not as locked: {wanted} is asked for instead of {known}; {hint}"


def _missing(label: str, lock: Lock) -> str:
    known = several([printable(one.asked, 60) for one in lock]) if lock else "nothing"
    return f"no versions for {label!r}; it has {known}; write them with `convparity envs lock`"
