"""Runs lines of source as they are, each in an environment of its own framework, rather than cases in all of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from ..adapters.line import Line
from ..adapters.reading.rebuilding import Rebuilt
from ..adapters.registry import runners
from ..cache.fingerprint import Shelves
from ..cache.store import Cache
from ..cases.case import Case
from ..environments.find import EnvironmentSpec
from ..report.verdicts.run import Run
from .progress import showing_progress
from .runner import Runner
from .settings import Settings

DEFAULTS = Settings()


@dataclass(frozen=True)
class Asked:
    """A line to run on the input and weights of a case, whose id no other has, and the environment to run it in.

    ``own`` is the case that the line is read as.
    """

    case: Case
    line: Line
    own: Case
    spec: EnvironmentSpec


def environment_of(rebuilt: Rebuilt, specs: Sequence[EnvironmentSpec]) -> EnvironmentSpec | None:
    """Return the first environment that has the frameworks of a line; None if none has."""
    able = runners(rebuilt.frameworks) if rebuilt.line else ()
    return next((spec for spec in specs if spec.adapter in able), None)


def run_given(asked: Sequence[Asked], settings: Settings = DEFAULTS) -> Run:
    """Return the run of lines, each of which is an environment's only line for its case; none is spelled anew.

    A line is compared with its case. An environment that cannot run is recorded in the faults of the results.
    """
    specs = list({one.spec.label: one.spec for one in asked}.values())
    given = {(one.spec.label, one.case.id): (one.line, one.own) for one in asked}
    with closing(Cache()) as cache, open(os.devnull, "w") as nowhere, showing_progress() as progress:
        shelves = Shelves(cache, specs, settings.limits) if settings.cache else None
        runner = Runner(nowhere, settings, None, progress, shelves, False, given)
        complete = runner.observe([one.case for one in asked], specs)
    return Run(runner.recorder.results, runner.references, complete, not complete)
