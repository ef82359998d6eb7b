"""Completions for the shell: catalogs, cases, environments and verdicts. None of them starts a process."""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import redirect_stderr
from pathlib import Path

import typer

from ..adapters.registry import NAMES
from ..adapters.running import MODES
from ..cases.errors import InputError
from ..report.findings.words import DIVERGENT


def catalogs(incomplete: str) -> list[str]:
    """Return the names of catalogs that ship, and the TOML files in the folder that is being typed."""
    from ..cases.catalog.catalog import shipped

    folder = Path(incomplete if incomplete.endswith("/") else Path(incomplete).parent)
    files = [str(path) for path in sorted(folder.glob("*.toml")) if path.name != "pyproject.toml"]
    return _starting(incomplete, (*shipped(), *files))


def cases(context: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of the cases of the catalogs that are named before, or else of the textbook."""
    from ..cases.catalog.catalog import load_catalog

    try:
        catalog = load_catalog(*(context.params.get("catalogs") or ("textbook",)))
    except InputError:
        return []
    return _starting(incomplete, (case.id for case in catalog))


def adapters(incomplete: str) -> list[str]:
    """Return the names of the adapters, and ``all``."""
    return _starting(incomplete, (*NAMES, "all"))


def modes(incomplete: str) -> list[str]:
    """Return modes for ``MODE,...``, of which the last is being typed."""
    return _listed(incomplete, MODES)


def targets(incomplete: str) -> list[str]:
    """Return adapters for ``ADAPTER,...``, of which the last is being typed."""
    return _listed(incomplete, NAMES)


def environments(incomplete: str) -> list[str]:
    """Return the labels of the project's environments, and the names of the adapters with the sign that follows."""
    return _starting(incomplete, (*_labels(), *(f"{name}=" for name in NAMES)))


def labels(incomplete: str) -> list[str]:
    """Return labels for ``LABEL,LABEL,...``, of which the last is being typed."""
    return _listed(incomplete, _labels() or NAMES)


def verdicts(incomplete: str) -> list[str]:
    """Return verdicts for ``VERDICT,...``, of which the last is being typed."""
    return _listed(incomplete, (*DIVERGENT, "unforeseen", "all"))


def questions(incomplete: str) -> list[str]:
    """Return the verdicts that ``convparity explain`` explains."""
    from .verdict_pages import names

    return _starting(incomplete, names())


def _labels() -> list[str]:
    from ..environments.find import from_project

    try:
        with redirect_stderr(io.StringIO()):  # which words stand for adapters would be told while somebody types
            return [spec.label for spec in from_project()]
    except InputError:
        return []


def _listed(incomplete: str, words: Iterable[str]) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{word}" for word in _starting(last, words) if word not in before.split(",")]


def _starting(incomplete: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
