"""``convparity envs``: lists the environments, and makes and deletes those that convparity installs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..cases.errors import HarnessFault, InputError
from ..cases.text import count, printable
from .options import Envs
from .tables import show, versions
from .usage import Command, Group

if TYPE_CHECKING:
    from ..environments.find import EnvironmentSpec
    from ..environments.managed.store import Made, Store

envs = typer.Typer(cls=Group, help="List the environments; install and delete those that convparity makes.")
Requests = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[LABEL:]ADAPTER[==VERSION][,PACKAGE==VERSION...]",
        help="Environments as in --with (default: those of the nearest pyproject.toml that have packages).",
        show_default=False,
    ),
]
DAY = 86400
UNITS = {"h": 3600, "d": DAY, "w": 7 * DAY}


@envs.callback(invoke_without_command=True)
def _envs(context: typer.Context, env: Envs = None) -> None:
    """List the environments, with the packages in each, where it was found, its size and its last use."""
    if context.invoked_subcommand is not None:
        return
    from ..environments.find import resolve
    from ..environments.managed.store import Store
    from ..environments.ready import with_lock

    store = Store()
    kept = store.all()
    try:
        specs = resolve(env or ())
    except HarnessFault:
        if not kept:
            raise
        specs = []
    missing = _list_found(with_lock(specs), store)
    if kept:
        if specs:
            print()
        _list_made(kept, store)
    if missing:
        raise HarnessFault("\n".join(missing))


def _list_found(specs: Sequence[EnvironmentSpec], store: Store) -> list[str]:
    """Print the environments that a run would use, and return the errors of those that do not work."""
    from ..environments.find import look

    rows, missing = [], []
    for spec in specs:
        if spec.request:
            made = store.find(spec.request)
            if made is None:
                rows.append((spec.label, spec.adapter, "installed when first needed", "", spec.origin))
                continue
            spec = replace(spec, python=made.python)
        found = look(spec)
        if found is None:
            missing.append(
                f"{spec.label}: {spec.adapter} is not installed in {spec.python}, or this interpreter does not run"
            )
        packages = "missing" if found is None else versions(found.packages)
        if found and found.changes:
            packages += f" (never cached: {found.changes})"
        rows.append((spec.label, spec.adapter, packages, spec.python, spec.origin))
    if rows:
        show(("label", "adapter", "packages", "interpreter", "from"), rows)
    return missing


def _list_made(kept: Sequence[Made], store: Store) -> None:
    total = sum(made.about.size for made in kept)
    print(f"{store.path}: {count(len(kept), 'environment')} that convparity made, {total / 1e6:,.0f} MB")
    rows = []
    for made in kept:
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(made.used))
        rows.append((made.key, ", ".join(made.asked), _contents(made), f"{made.about.size / 1e6:,.0f} MB", used))
    show(("key", "made for", "contents", "size", "last used"), rows)


def _contents(made: Made) -> str:
    """Return the Python of an environment and the packages that adapters need, and how many more it has."""
    from ..adapters.needs import NEEDS

    known = {package.name for needs in NEEDS.values() for package in (*needs.packages, *needs.npm)}
    named = {name: version for name, version in made.about.packages.items() if name in known}
    more = len(made.about.packages) - len(named)
    return f"Python {made.about.python}, {versions(named)}" + (f" and {count(more, 'other')}" if more else "")


@envs.command(cls=Command)
def add(
    environments: Requests = None,
    locked: Annotated[
        bool, typer.Option("--locked", help="Install only the versions that `convparity envs lock` has written.")
    ] = False,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Look for newer versions than those that are installed already.")
    ] = False,
) -> None:
    """Install environments, so that later runs find them ready."""
    from ..environments.managed.store import Store
    from ..environments.ready import announce, lock_path, made_for, with_lock

    store = Store()
    asked = [spec.request for spec in with_lock(_asked(environments)) if spec.request]
    if locked and (unlocked := [request.asked for request in asked if not request.pins]):
        where = lock_path()
        raise InputError(
            f"{where}: no versions for {printable(one)!r}; write them with `convparity envs lock`" for one in unlocked
        )
    if upgrade:
        for request in asked:
            store.forget(request)
    announce(asked, store)
    for request in asked:
        made = made_for(request, store)
        print(f"{printable(request.asked)}: {_contents(made)}, {made.folder}")


@envs.command(cls=Command)
def remove(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Keys of environments, or the requests for them.")
    ],
) -> None:
    """Delete environments that convparity made."""
    from ..environments.managed.store import Store

    store = Store()
    kept = store.all()
    chosen = {name: [made for made in kept if made.key == name or name in made.asked] for name in names}
    if unknown := [name for name, found in chosen.items() if not found]:
        raise InputError(
            f"NAME: {printable(name)!r} is not an environment that convparity made; `convparity envs` lists them"
            for name in unknown
        )
    _delete({made.key: made for found in chosen.values() for made in found}.values(), store)


@envs.command(cls=Command)
def prune(
    unused: Annotated[
        str, typer.Option("--unused", metavar="AGE", help="Time since the last use: 12h, 30d or 8w.")
    ] = "30d",
) -> None:
    """Delete the environments that convparity made and that were not used for a while, and unfinished ones."""
    from ..environments.managed.store import Store

    age = re.fullmatch(r"(\d{1,6})([hdw])", unused)
    if not age:
        raise InputError([f"--unused: {printable(unused)!r} is not an age; expected 12h, 30d or 8w"])
    store, oldest = Store(), time.time() - int(age[1]) * UNITS[age[2]]
    _delete([made for made in store.all() if made.used <= oldest], store)
    store.sweep_all()


@envs.command(cls=Command)
def lock(
    environments: Requests = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="File to write (default: beside the pyproject.toml)."),
    ] = None,
) -> None:
    """Write the versions of all packages of environments to a file, from which CI installs the same ones."""
    from ..environments.managed.lockfile import lock_text
    from ..environments.managed.store import Store
    from ..environments.ready import announce, lock_path, made_for
    from ..report import output_file
    from ..runs.outputs import write

    store = Store()
    asked = [spec.request for spec in _asked(environments) if spec.request]
    announce(asked, store)
    text = lock_text([(request, made_for(request, store)) for request in asked])
    path = output or lock_path()
    write(path, lambda: output_file.write(path, text.encode()))
    print(f"{path}: {count(len(asked), 'environment')}")


def _asked(texts: Sequence[str] | None) -> list[EnvironmentSpec]:
    """Return the environments that are named, else those of the project that convparity makes."""
    from ..adapters.own.loading import Adapters
    from ..environments.find import from_project
    from ..environments.ready import with_option

    if texts:
        return with_option(texts, Adapters(), "ENVIRONMENT")
    found = [spec for spec in from_project() if spec.request]
    if not found:
        raise InputError(["name an environment, such as torch; no pyproject.toml here has environments with packages"])
    return found


def _delete(chosen: Iterable[Made], store: Store) -> None:
    """Delete environments, and print the size of each."""
    for made in chosen:
        store.remove(made)
        print(f"{made.key}: deleted, {made.about.size / 1e6:,.0f} MB ({', '.join(made.asked)})")
