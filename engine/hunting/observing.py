"""Runs many layers at once for a hunt, each in the environments that it is asked for."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ..cases.case import Case, derived_id
from ..environments.find import EnvironmentSpec
from ..report.findings.report import Report
from ..report.verdicts.run import Run
from ..runs.runner import Runner
from ..runs.settings import Settings

Asked = Mapping[Case, Collection[str]]  # the labels of the environments that each layer is run in


class Observer:
    """Runs layers in environments, and leaves out those that cannot run; ``faults`` says why, by label."""

    def __init__(self, specs: Sequence[EnvironmentSpec], settings: Settings) -> None:
        self.specs = list(specs)
        self.settings = replace(settings, only_as_written=True, cache=False)
        self.faults: dict[str, str] = {}
        self.layers_run = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the environments that run."""
        return tuple(spec.label for spec in self.specs)

    def observe(self, asked: Asked) -> Report:
        """Return the report on layers, each run where it is asked for. Raise KeyboardInterrupt if Ctrl-C stops it."""
        where: dict[str, set[str]] = {}
        for case, labels in asked.items():
            where.setdefault(case.id, set()).update(labels)
        cases = list({case.id: case for case in asked}.values())
        wanted = set().union(*where.values()) if where else set()
        with open(os.devnull, "w") as nowhere:
            runner = Runner(nowhere, self.settings, requested=False, where=where)
            complete = runner.observe(cases, [spec for spec in self.specs if spec.label in wanted])
        if not complete:
            raise KeyboardInterrupt
        results = runner.recorder.results
        for label, message in results.faults:
            self.faults.setdefault(label, message)
        self.specs = [spec for spec in self.specs if spec.label not in self.faults]
        self.layers_run += len(cases)
        return Report(Run(results, runner.references))


def apart(case: Case) -> Case:
    """Return a layer that may end its process as one that runs in a process of its own."""
    hostile = replace(case, hostile=True)
    return replace(hostile, id=derived_id(hostile))


def together(case: Case) -> Case:
    """Return a layer as one that runs in the same process as others."""
    plain = replace(case, hostile=False)
    return replace(plain, id=derived_id(plain))
