"""What has to hold before a results file is opened: one case to an id, and to a label what was observed under it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..cases.case import Case
from ..cases.errors import InputError
from ..cases.text import printable
from ..environments.find import EnvironmentSpec, look, variables_of
from ..report.results.file import Results


def check(cases: Iterable[Case], specs: Sequence[EnvironmentSpec], earlier: Results, file: str | Path | None) -> None:
    """Refuse cases and environments that would not be those of the results so far, ``earlier``. Raises InputError."""
    problems = [*_ids(cases, earlier, file), *_environments(specs, earlier, file)]
    if problems:
        raise InputError(problems)


def _ids(cases: Iterable[Case], earlier: Results, file: str | Path | None) -> Iterator[str]:
    known = dict(earlier.cases)
    for case in cases:
        if known.setdefault(case.id, case).key != case.key:
            there = f"{file}: holds another case of" if case.id in earlier.cases else "two different cases have"
            what = "write to a new file" if case.id in earlier.cases else "give one of them another"
            yield f"{there} the id {printable(case.id, 60)}; {what}"


def _environments(specs: Sequence[EnvironmentSpec], earlier: Results, file: str | Path | None) -> Iterator[str]:
    """What was observed by something else under the same label, as far as that is known without importing anything."""
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
    """An adapter with the variables that are not so elsewhere."""
    differing = {name: value for name, value in variables.items() if value != others.get(name)}
    return _told(adapter, {f"{printable(name, 60)} =": printable(value, 60) for name, value in differing.items()})
