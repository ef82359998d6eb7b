"""Merging of results files, in any order: duplicates count once, and nothing is lost.

Where files disagree about one observation, that is neither agreement nor divergence: the results are not reproducible.
One of the observations is kept, always the same one, and the conflict is recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ...cases import arithmetic
from ...cases.arithmetic import Invalid
from ...cases.case import Case
from ...cases.errors import InputError
from ...cases.sampling import LARGEST_MAP, largest_map
from ...cases.text import printable, several, shape_text
from .file import Environment, Results, Room, read_file
from .limits import UNPACKED
from .observation import EXECUTED, Observation, Sampling

CONFLICTS_SHOWN = 20

Identity = tuple[str, str, tuple[tuple[str, str], ...]]  # of an environment: its label, its adapter, its packages


def read_results(paths: Iterable[str | Path], unpacked: float = UNPACKED) -> Results:
    """Read and merge results files; each file counts once. Together they may unpack to ``unpacked`` MB.

    Cases and environments are in the order of the files; nothing else depends on that order. Where files have
    environments of different versions under one label, the version is added to the label. Raise InputError with every
    problem: files that are not results files or have another format, and ids that name two different cases.
    """
    problems: list[str] = []
    room = Room.of(unpacked)
    files: list[tuple[Path, Results]] = []
    for path in dict.fromkeys(map(Path, paths)):
        try:
            files.append((path, read_file(path, room)))
        except InputError as error:
            problems += error.problems
    problems = problems or [*_problems(files)]
    if problems:
        raise InputError(problems)
    return merged([results for _, results in files])


def merged(files: Sequence[Results]) -> Results:
    """Return the contents of results files merged into one, which reuses their objects."""
    results = Results(ended=all(file.ended for file in files))
    labels = _labels(environment for file in files for environment in file.environments.values())
    again: dict[tuple[object, ...], list[Observation]] = {}
    facts: dict[str, list[dict[str, Any]]] = {}
    for file in files:
        for case in file.cases.values():
            results.cases.setdefault(case.id, case)
        for id, position in file.positions.items():
            results.positions[id] = min(position, results.positions.get(id, position))
        renamed = {label: labels[_identity(environment)] for label, environment in file.environments.items()}
        for label, environment in file.environments.items():
            own = replace(environment, label=renamed[label])
            facts.setdefault(own.label, []).append(own.facts)
            known = results.environments.setdefault(own.label, own)
            if known.packages != own.packages:  # a label in a file equals one that was made here
                raise InputError([f"two environments of different versions are labelled {printable(own.label, 60)}"])
            results.environments[own.label] = min(known, own, key=_least_told)
        for observation in file.observations.values():
            observation.environment = renamed.get(observation.environment, observation.environment)
            key = (observation.environment, observation.case_id, observation.input, observation.spelling)
            if results.observations.setdefault(key, observation) is not observation:
                again.setdefault(key, [results.observations[key]]).append(observation)
        results.faults += [(renamed.get(label, label), message) for label, message in file.faults]
        results.notes += file.notes
    results.notes += _lacking(results)
    results.notes += _facts(facts)
    results.faults = list(dict.fromkeys(results.faults))
    for observations in again.values():
        kept, conflict = _one_of(observations)
        results.observations[kept.environment, kept.case_id, kept.input, kept.spelling] = kept
        results.conflicts += conflict
    results.conflicts.sort()
    results.notes += results.conflicts[:CONFLICTS_SHOWN]
    if len(results.conflicts) > CONFLICTS_SHOWN:
        results.notes.append(f"and {len(results.conflicts) - CONFLICTS_SHOWN} more conflicting observations")
    return results


def _lacking(results: Results) -> Iterator[str]:
    """Yield a note where parts of the whole are missing, as far as the positions of the others show."""
    if results.positions.keys() >= results.cases.keys():  # otherwise some file has the whole
        places = set(results.positions.values())
        whole = max(places, default=-1) + 1
        if lacking := whole - len(places):
            yield f"{lacking} of at least {whole} cases are in none of the files; name those of every --shard"


def _facts(by_label: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Yield notes on facts of an environment that differ between files, such as those of the processor."""
    for label, told in by_label.items():
        for name in dict.fromkeys(name for facts in told for name in facts):
            values = sorted({printable(str(facts[name]), 60) for facts in told if name in facts})
            if len(values) > 1:
                fact = f"{printable(name, 60)} {several(values)}"
                yield f"{printable(label, 60)} was observed on different machines, with {fact}: its rows may mix them"


def _problems(files: Sequence[tuple[Path, Results]]) -> Iterator[str]:
    """Yield the problems that prevent merging: ids of two different cases, and samplings that cannot be real."""
    known: dict[str, tuple[Path, Case]] = {}
    for path, results in files:
        for case in results.cases.values():
            first, other = known.setdefault(case.id, (path, case))
            if other.key != case.key:
                yield f"{path}: the id {printable(case.id, 60)} names two different cases; the other is in {first}"
        for observation in results.observations.values():
            case_of = results.cases.get(observation.case_id)
            if case_of and len(observation.input) == case_of.rank and _unprobed(case_of, observation):
                yield f"{path}: a sampling of {printable(case_of.id, 60)}, which is too large to measure"


def _unprobed(case: Case, observation: Observation) -> bool:
    """Return whether an observation has a sampling too large for any probe to have measured, or to be drawn."""
    if observation.sampling is None:
        return False
    axes = arithmetic.axes(case.on(observation.input))
    return not isinstance(axes, Invalid) and largest_map(axes) > LARGEST_MAP


def _identity(environment: Environment) -> Identity:
    return environment.label, environment.adapter, tuple(environment.packages.items())


def _labels(environments: Iterable[Environment]) -> dict[Identity, str]:
    """Return the label of each environment; where several share one, with the difference added."""
    by_label: dict[str, dict[Identity, Environment]] = {}
    for environment in environments:
        by_label.setdefault(environment.label, {})[_identity(environment)] = environment
    labels = {}
    for label, alike in by_label.items():
        named = {}
        for identity, environment in alike.items():
            told = sum(other.version == environment.version for other in alike.values()) == 1
            rest = () if told else list(environment.packages.items())[1:]
            parts = [environment.version, *(f"{name} {version}" for name, version in rest)]
            adapter = [] if len({other.adapter for other in alike.values()}) == 1 else [f"({environment.adapter})"]
            named[identity] = label if len(alike) == 1 else " ".join([label, *adapter, *filter(None, parts)])
        labels.update(named)
    return labels


def _least_told(environment: Environment) -> tuple[bool, str]:
    """Return a sort key for the records of one environment, which puts runs that only inferred shapes last."""
    return bool(environment.details.get("shapes_only")), json.dumps(environment.details, sort_keys=True)


def _one_of(observations: list[Observation]) -> tuple[Observation, list[str]]:
    """Return one of several observations of the same thing, and the conflicts of the others with it."""
    executed = [observation for observation in observations if observation.outcome in EXECUTED]
    kept, *others = sorted(executed or observations, key=_order)
    conflicts: dict[str, None] = {}
    for other in others:
        if kept.sampling is None and not any(_unlike(kept, other)):
            kept.sampling = other.sampling
        if not kept.literal_outcome and kept.literal == other.literal:
            kept.literal_outcome, kept.literal_error = other.literal_outcome, other.literal_error
        conflicts.update(dict.fromkeys(_conflict(kept, *unlike) for unlike in _unlike(kept, other)))
    return kept, list(conflicts)


def _order(observation: Observation) -> str:
    """Return everything in an observation as a text to sort by."""
    content = {name.name: getattr(observation, name.name) for name in fields(observation)}
    sampling = observation.sampling
    content["sampling"] = sampling and sampling.content
    for name in ("values", "sample"):
        content[name] = None if content[name] is None else content[name].tobytes()
    return repr(content)


def _unlike(one: Observation, other: Observation) -> Iterator[tuple[str, str, str]]:
    """Yield the differences between two observations of the same thing: a name and both values."""
    if one.outcome != other.outcome:
        yield "outcome", one.outcome, other.outcome
        return
    if one.shape != other.shape:
        yield "shape", shape_text(one.shape), shape_text(other.shape)
        return
    if one.declared != other.declared:
        yield "inferred shape", shape_text(one.declared), shape_text(other.declared)
    if one.dtype != other.dtype:
        yield "dtype", one.dtype, other.dtype
    elif one.digest != other.digest and not (_near(one) and _near(other) and one.against == other.against):
        yield "digest of the values", one.digest, other.digest
    if one.sampling and other.sampling and one.sampling.content != other.sampling.content:
        yield "elements read", _elements(one.sampling), _elements(other.sampling)


def _near(observation: Observation) -> bool:
    return observation.off is not None and observation.off <= 1


def _elements(sampling: Sampling) -> str:
    """Return the elements of the first window along each axis, counted from 1."""
    if not sampling.exact:
        return "no elements of the input"
    firsts = [[int(i) + 1 or "pad" for i in indices[0]] if len(indices) else [] for indices in sampling.maps]
    return " and ".join("|".join(map(str, first[:8])) or "none" for first in firsts)


def _conflict(kept: Observation, what: str, one: str, other: str) -> str:
    case, label = printable(kept.case_id, 60), printable(kept.environment, 60)
    sizes = "x".join(map(str, kept.input))
    said = several(sorted({printable(one, 60), printable(other, 60)}))
    return f"conflicting observations of {case} in {label} ({kept.spelling}, on {sizes}): {what} {said}"
