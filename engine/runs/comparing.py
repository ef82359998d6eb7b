"""Measures compared lines: each is run in an environment of its framework, on the input and weights of the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..adapters.expression import rebuild
from ..cases.case import Case
from ..cases.errors import HarnessFault
from ..cases.text import printable, several
from ..environments.find import EnvironmentSpec
from ..environments.ready import ready
from ..report.findings.compared import Compared, Line
from ..report.findings.compared_runs import MeasuredComparison, MeasuredLine, UnrunLine
from ..report.verdicts.run import Run
from .given import DEFAULTS, Asked, environment_of, run_given
from .settings import Settings


def measured(
    pairs: Sequence[Compared], specs: Sequence[EnvironmentSpec], settings: Settings = DEFAULTS
) -> list[MeasuredComparison]:
    """Return comparisons with the measurement of each line, where there is an environment of its framework.

    Raise HarnessFault if an environment cannot run.
    """
    found = [
        [_asked(f"{n} {i}", pair, line, specs) for i, line in enumerate(both(pair))] for n, pair in enumerate(pairs)
    ]
    asked = [one for ends in found for one in ends if isinstance(one, Asked)]
    made = {spec.label: spec for spec in ready(list({one.spec.label: one.spec for one in asked}.values()))}
    run = run_given([replace(one, spec=made[one.spec.label]) for one in asked], settings)
    if run.results.faults:
        raise HarnessFault("; ".join(printable(message, 700) for _, message in run.results.faults))
    if not run.complete:
        raise KeyboardInterrupt
    return [
        MeasuredComparison(pair, *(_line(run, line, one) for line, one in zip(both(pair), ends, strict=True)))
        for pair, ends in zip(pairs, found, strict=True)
    ]


def both(pair: Compared) -> tuple[Line, Line]:
    """Return the lines of a pair."""
    return pair.first, pair.second


def _asked(id: str, pair: Compared, line: Line, specs: Sequence[EnvironmentSpec]) -> Asked | str:
    """Return the line as it can be run, or why it cannot be run."""
    rebuilt = rebuild(line.source, line.input)
    if rebuilt.line is None:
        return rebuilt.why
    spec = environment_of(rebuilt, specs)
    if spec is None:
        return f"no environment has {several(sorted(rebuilt.frameworks))}"
    return Asked(replace(_case(pair, line), id=id), rebuilt.line, line.reading.case, spec)


def _line(run: Run, line: Line, asked: Asked | str) -> Line:
    """Return a line with its measurement, or with the reason why it was not run."""
    if isinstance(asked, str):
        return UnrunLine(line.source, line.reading, line.input, asked)
    row = run.by_key[asked.case.id, asked.spec.label, "as written"]
    return MeasuredLine(line.source, line.reading, line.input, row=row)


def _case(pair: Compared, line: Line) -> Case:
    """Return the case on whose input and weights a line is run: the first's, or its own if it takes other weights."""
    own = line.reading.case
    return own if pair.other_kind else replace(pair.first.reading.case, dtype=own.dtype)
