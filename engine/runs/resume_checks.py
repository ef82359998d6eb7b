"""Checks a run before it writes to a results file: each id names one case, and each label the same environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..cases.case import Case
from ..cases.errors import InputError
from ..cases.text import printable
from ..environments.find import EnvironmentSpec, look, variables_of
from ..report.results.file import Results


def check(cases: Iterable[Case], specs: Sequence[EnvironmentSpec], earlier: Results, file: str | Path | None) -> None:
    """Raise InputError for cases and environments that contradict each other or the results so far, ``earlier``."""
    problems = [*_ids(cases, earlier, file), *_environments(specs, earlier, file)]
    if problems:
        raise InputError(problems)


def _ids(cases: Iterable[Case], earlier: Results, file: str | Path | None) -> Iterator[str]:
    known = dict(earlier.cases)
    for case in cases:
        if known.setdefault(case.id, case).key != case.key:
            id = printable(case.id, 60)
            if case.id in earlier.cases:
                yield f"{file}: holds a different case with the id {id}; write to a new file"
            else:
                yield f"two different cases have the id {id}; give one of them another id"


def _environments(specs: Sequence[EnvironmentSpec], earlier: Results, file: str | Path | None) -> Iterator[str]:
    """Yield the labels whose environment has changed, as far as that can be told without importing a framework."""
    for spec in specs:
        known = earlier.environments.get(spec.label)
        if known is None:
            continue
        found = look(spec)
        before, after = known.details.get("variables", {}), variables_of(spec)
        if known.adapter != spec.adapter or (found and found.packages != known.packages):
            was, now = _told(known.adapter, known.packages), _told(spec.adapter, found.packages if found else {})
        elif before != after:
            was, now = (_set(spec.adapter, one, other) for one, other in ((before, after), (after, before)))
        else:
            continue
        label = printable(spec.label, 60)
        yield f"{file}: {label} was observed with {was}, and is now {now}; use another file or label"


def _told(adapter: str, packages: Mapping[str, str]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in packages.items())
    return f"{adapter} ({versions})" if versions else adapter


def _set(adapter: str, variables: Mapping[str, str], others: Mapping[str, str]) -> str:
    """Return the text for an adapter with those variables that differ from ``others``."""
    differing = {name: value for name, value in variables.items() if value != others.get(name)}
    return _told(adapter, {f"{printable(name, 60)} =": printable(value, 60) for name, value in differing.items()})
