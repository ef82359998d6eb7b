"""Explains a layer expression by running it: as it was written, and as each framework writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..adapters.expression import Reading, read, rebuild
from ..adapters.reading.rebuilding import Rebuilt
from ..adapters.registry import runners
from ..cases.text import several
from ..environments.find import EnvironmentSpec
from ..environments.ready import ready
from ..report.findings.explained import Explained, Itself
from ..report.findings.report import Report
from .execution import run_in
from .given import Asked, run_given
from .pasting import to_paste


def explained(
    text: str,
    input: tuple[int, ...],
    weights: tuple[int, ...] | None,
    specs: Sequence[EnvironmentSpec],
    with_weights: bool = False,
) -> Explained:
    """Return an expression explained: with its own result, and that of each framework for its layer.

    ``with_weights`` adds the lines that carry its weights. Raise InputError if the expression cannot be understood.
    """
    reading = read(text, input, weights)
    specs = ready(specs)
    report = run_in((reading.case,), specs)
    itself = _itself(reading, rebuild(text, input, weights), report, specs)
    below = to_paste(text, reading, specs, with_weights)
    return Explained(reading.case, report, reading.asides, itself, reading.dressing, below)


def _itself(reading: Reading, found: Rebuilt, report: Report, specs: Sequence[EnvironmentSpec]) -> Itself:
    """Return the measurements of an expression, after running it where no environment's own line was the same."""
    if found.line is None:
        return Itself(reading, why=found.why)
    able = [spec for spec in specs if spec.adapter in runners(found.frameworks)]
    if not able:
        return Itself(reading, found.line.source, why=f"no environment has {several(sorted(found.frameworks))}")
    rows = {row.environment.label: row for row in report.verdicts if row.spelling == "as written"}
    alike = {label for label, row in rows.items() if row.observation.source == found.line.source}
    asked = [
        Asked(replace(reading.case, id=f"{reading.case.id} itself"), found.line, reading.case, spec)
        for spec in able
        if spec.label in rows and spec.label not in alike
    ]
    if asked:
        run = run_given(asked)
        report.results.faults.extend(run.results.faults)
        rows |= {row.environment.label: row for row in run.verdicts}
    return Itself(reading, found.line.source, tuple(rows[spec.label] for spec in able if spec.label in rows))
