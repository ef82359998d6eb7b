"""Several results files as one, whatever their order: what is there twice counts once, and nothing is lost.

Where files disagree on one thing, it is neither agreement nor divergence: the results are not reproducible. One of the
observations is kept, always the same, and the conflict is recorded.
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
from .file import Environment, Results, read_file
from .observation import EXECUTED, Observation, Sampling

CONFLICTS_SHOWN = 20

Identity = tuple[str, str, tuple[tuple[str, str], ...]]  # of an environment: its label, its adapter, its packages


def read_results(paths: Iterable[str | Path]) -> Results:
    """Read and merge results files; each file counts once.

    Cases and environments are in the order of the files; nothing else depends on it. Where files have environments of
    different versions under one label, it is followed by the version. Raises InputError with all that is wrong: a file
    that is no results file or of another format, and one id of two different cases.
    """
    problems: list[str] = []
    files: list[tuple[Path, Results]] = []
    for path in dict.fromkeys(map(Path, paths)):
        try:
            files.append((path, read_file(path)))
        except InputError as error:
            problems += error.problems
    problems = problems or [*_problems(files)]
    if problems:
        raise InputError(problems)
    return merged([results for _, results in files])


def merged(files: Sequence[Results]) -> Results:
    """The content of results files as one, which takes them over."""
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
            if known.packages != own.packages:  # where somebody labelled one as another is labelled here
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
    """That parts of a whole are not there, as far as the positions of the others tell."""
    if results.positions.keys() >= results.cases.keys():  # else some file has the whole
        places = set(results.positions.values())
        whole = max(places, default=-1) + 1
        if lacking := whole - len(places):
            yield f"{lacking} of at least {whole} cases are in none of the files; name those of every --shard"


def _facts(by_label: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """What an environment says of itself in one file and not in another, such as on another processor."""
    for label, told in by_label.items():
        for name in dict.fromkeys(name for facts in told for name in facts):
            values = sorted({printable(str(facts[name]), 60) for facts in told if name in facts})
            if len(values) > 1:
                fact = f"{printable(name, 60)} {several(values)}"
                yield f"{printable(label, 60)} was observed on different machines, with {fact}: its rows may mix them"


def _problems(files: Sequence[tuple[Path, Results]]) -> Iterator[str]:
    """What keeps files from being merged: an id that is two cases, a sampling of what cannot have been probed."""
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
    """Whether an observation has a sampling that no probe can have measured, and that would take too long to draw."""
    if observation.sampling is None:
        return False
    axes = arithmetic.axes(case.on(observation.input))
    return not isinstance(axes, Invalid) and largest_map(axes) > LARGEST_MAP


def _identity(environment: Environment) -> Identity:
    return environment.label, environment.adapter, tuple(environment.packages.items())


def _labels(environments: Iterable[Environment]) -> dict[Identity, str]:
    """The label of each environment: its own, or where several have it, with what tells them apart."""
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
    """An order of what was recorded of one environment: of a run that only asked for shapes last."""
    return bool(environment.details.get("shapes_only")), json.dumps(environment.details, sort_keys=True)


def _one_of(observations: list[Observation]) -> tuple[Observation, list[str]]:
    """One observation out of several of the same thing, and how the others conflict with it."""
    executed = [observation for observation in observations if observation.outcome in EXECUTED]
    kept, *others = sorted(executed or observations, key=_order)
    conflicts: dict[str, None] = {}
    for other in others:
        if kept.sampling is None and not any(_unlike(kept, other)):
            kept.sampling = other.sampling
        conflicts.update(dict.fromkeys(_conflict(kept, *unlike) for unlike in _unlike(kept, other)))
    return kept, list(conflicts)


def _order(observation: Observation) -> str:
    """Everything in an observation, as a text to sort by."""
    content = {name.name: getattr(observation, name.name) for name in fields(observation)}
    sampling, values = observation.sampling, observation.values
    content["sampling"] = sampling and sampling.content
    content["values"] = None if values is None else values.tobytes()
    return repr(content)


def _unlike(one: Observation, other: Observation) -> Iterator[tuple[str, str, str]]:
    """What two observations of one thing say differently: its name, and what each says."""
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
    """The first window along each axis, counted from 1."""
    if not sampling.exact:
        return "no elements of the input"
    firsts = [[int(i) + 1 or "pad" for i in indices[0]] if len(indices) else [] for indices in sampling.maps]
    return " and ".join("|".join(map(str, first[:8])) or "none" for first in firsts)


def _conflict(kept: Observation, what: str, one: str, other: str) -> str:
    case, label = printable(kept.case_id, 60), printable(kept.environment, 60)
    sizes = "x".join(map(str, kept.input))
    said = several(sorted({printable(one, 60), printable(other, 60)}))
    return f"conflicting observations of {case} in {label} ({kept.spelling}, on {sizes}): {what} {said}"
