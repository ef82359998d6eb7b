"""The environments that convparity makes: from ``--with``, of the project, locked, and ready for a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..adapters.own.loading import Adapters
from ..cases.errors import HarnessFault
from ..cases.text import count, printable
from .find import TABLE, EnvironmentSpec
from .managed.lockfile import NAME, locked, read_lock
from .managed.making import make
from .managed.request import Request, requests
from .managed.store import Made, Store
from .managed.telling import size_text, time_text
from .project import project_setting
from .ways_on import ways_on


def with_option(texts: Iterable[str], adapters: Adapters, origin: str = "--with") -> list[EnvironmentSpec]:
    """Return the environments that ``--with`` asks for, which are made when they are first needed."""
    return [
        EnvironmentSpec(label, request.adapter, "", origin, own=adapters.own.get(request.adapter), request=request)
        for label, request in requests(texts, adapters, origin)
    ]


def ready(specs: Sequence[EnvironmentSpec]) -> list[EnvironmentSpec]:
    """Return environments with their interpreters, after making those that are missing.

    One that cannot be made has a ``problem``, which ends only it. The size and the time are printed beforehand.
    Raise HarnessFault if all of them are the project's, and none of their interpreters exists.
    """
    if not any(spec.request for spec in specs):
        _check_any_is_there(specs)
        return list(specs)
    specs, store = with_lock(specs), Store()
    announce([spec.request for spec in specs if spec.request], store)
    return [_ready(spec, store) for spec in specs]


def _check_any_is_there(specs: Sequence[EnvironmentSpec]) -> None:
    """Raise HarnessFault in a project whose environments were not made yet, in place of an error for each of them."""
    if not specs or any(not spec.origin.endswith(TABLE) or Path(spec.python).exists() for spec in specs):
        return
    paths = ", ".join(printable(os.path.relpath(spec.python), 60) for spec in specs)
    raise HarnessFault(ways_on(f"{specs[0].origin}: none of its environments exists ({paths}); make them"))


def _ready(spec: EnvironmentSpec, store: Store) -> EnvironmentSpec:
    if spec.request is None:
        return spec
    try:
        return replace(spec, python=made_for(spec.request, store).python)
    except HarnessFault as fault:
        return replace(spec, problem=str(fault))


def made_for(request: Request, store: Store) -> Made:
    """Return the environment of a request, which is used now, after making it if it is missing.

    Raise HarnessFault if it cannot be made.
    """
    made = store.find(request) or make(store, request)
    made.touch()
    return made


def with_lock(specs: Sequence[EnvironmentSpec]) -> list[EnvironmentSpec]:
    """Return environments with the versions that the project's lock has for them, if any."""
    lock = read_lock(lock_path())
    return [replace(spec, request=locked(spec.request, lock)) if spec.request else spec for spec in specs]


def lock_path() -> Path:
    """Return the path of the lock: beside the pyproject.toml that has the environments, else in the current folder."""
    found = project_setting("environments")
    return (found[1].parent if found else Path.cwd()) / NAME


def announce(wanted: Iterable[Request], store: Store) -> None:
    """Say how much will be installed, and about how long it takes, if something will be."""
    needs = [request.needs for request in wanted if not store.find(request)]
    if not needs:
        return
    size, seconds = sum(need.megabytes for need in needs), sum(need.seconds for need in needs)
    print(
        f"installing {count(len(needs), 'environment')} into {store.path}: up to {size_text(size)}, "
        f"about {time_text(seconds)} and the download; they are kept for later runs (`convparity envs`)",
        file=sys.stderr,
        flush=True,
    )
