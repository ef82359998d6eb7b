"""The next things to observe about a case: the elements that it reads, its port, and the layer on other sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..adapters import registry
from ..cases.reference import Reference
from ..environments.find import EnvironmentSpec
from ..report.results.observation import Observation
from ..report.verdicts.judging import judge, needs_sampling
from ..report.verdicts.residues import sizes_to_run
from . import lines
from .settings import Settings
from .task import Task


def decided(task: Task, reference: Reference, observation: Observation) -> bool:
    """Return whether the observation of a task, on the case's own input, decides a verdict."""
    if observation.refused or task.input != task.case.input or task.want in ("shape", "literal"):
        return False
    return not (needs_sampling(task.case, reference, observation) or may_agree_by_chance(task, observation))


def may_agree_by_chance(task: Task, observation: Observation) -> bool:
    """Return whether a line was read as another layer than the case that it was run on, and has only numbers so far.

    Numbers prove which elements were read where the pads are off by one, and not where strides or kernels differ.
    """
    apart = task.own is not None and task.own.key != task.case.key
    return apart and observation.outcome == "ran" and not (observation.sampling or observation.sampling_error)


def following(
    task: Task, reference: Reference, observation: Observation, spec: EnvironmentSpec, settings: Settings
) -> Iterator[Task]:
    """Yield the tasks that follow from the observation of a task in an environment."""
    if observation.refused:
        yield task.then(want="sampling", itself=True)
        return
    if task.input != task.case.input or task.want in ("shape", "literal"):
        return
    if task.want == "values" and observation.literal:
        yield task.then(want="literal")
    unknown = needs_sampling(task.case, reference, observation)
    if task.own and (unknown or may_agree_by_chance(task, observation)):
        yield task.then(case=replace(task.own, id=task.case.id), want="sampling", itself=True)
    elif unknown:
        yield _sampling(task.then(want="sampling"), spec)
    elif task.spelling == "as written" and reference.shape is not None and not settings.only_as_written:
        verdict = judge(task.case, reference, observation)
        if verdict != "agrees" and not task.given:
            yield task.then(spelling="port", want="values", itself=False)
        if verdict in ("shape", "shifted"):
            for sizes in sizes_to_run(task.case):
                yield _sampling(task.then(input=sizes, want="sampling", itself=bool(task.given)), spec)


def _sampling(task: Task, spec: EnvironmentSpec) -> Task:
    """Return a sampling to measure with its line, unless its case is run apart from the others."""
    adapter = None if spec.own else registry.adapter_class(spec.adapter)
    if adapter is None or task.risky or task.given:
        return task
    return replace(task, line=lines.line(adapter, task.case, task.input, task.spelling))
