"""Makes the environments of a run that convparity has to make, before the run begins."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..adapters.own.loading import Adapters
from ..cases.errors import HarnessFault
from ..cases.text import count
from .find import EnvironmentSpec
from .managed.making import make
from .managed.request import requests
from .managed.store import Store
from .managed.telling import size_text, time_text


def with_option(texts: Iterable[str], adapters: Adapters, origin: str = "--with") -> list[EnvironmentSpec]:
    """Return the environments that ``--with`` asks for, which are made when they are first needed."""
    return [
        EnvironmentSpec(label, request.adapter, "", origin, own=adapters.own.get(request.adapter), request=request)
        for label, request in requests(texts, adapters, origin)
    ]


def ready(specs: Sequence[EnvironmentSpec]) -> list[EnvironmentSpec]:
    """Return environments with their interpreters, after making those that are missing.

    One that cannot be made has a ``problem``, which ends only it. The size and the time are told beforehand.
    """
    if not any(spec.request for spec in specs):
        return list(specs)
    store = Store()
    _announce([spec for spec in specs if spec.request and not store.find(spec.request)], store)
    return [_ready(spec, store) for spec in specs]


def _ready(spec: EnvironmentSpec, store: Store) -> EnvironmentSpec:
    if spec.request is None:
        return spec
    try:
        made = store.find(spec.request) or make(store, spec.request)
    except HarnessFault as fault:
        return replace(spec, problem=str(fault))
    made.touch()
    return replace(spec, python=made.python)


def _announce(missing: Sequence[EnvironmentSpec], store: Store) -> None:
    needs = [spec.request.needs for spec in missing if spec.request]
    if not needs:
        return
    size, seconds = sum(need.megabytes for need in needs), sum(need.seconds for need in needs)
    print(
        f"installing {count(len(needs), 'environment')} into {store.path}: up to {size_text(size)}, "
        f"about {time_text(seconds)}; they are kept for later runs (`convparity envs`)",
        file=sys.stderr,
        flush=True,
    )
