"""The data of the HTML report: a run as columns in which repeated values are written once.

``app/src/payload.ts`` documents each part. Its texts may come from anyone; the page shows them as text nodes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np

from ... import __version__
from ...adapters.registry import title
from ...cases.arithmetic import AXIS_NAMES
from ...cases.case import Case, Padding
from ...cases.inputs import weights_shape
from ...cases.operations import OPS
from ...cases.operations.axis import Axis
from ...cases.reference import Reference
from ...cases.reference import values as reference_values
from ...cases.text import printable
from ..findings.diff import Diff
from ..findings.history import History
from ..findings.news import news
from ..findings.ported_weights import PortedWeights
from ..findings.report import Cluster, Report
from ..findings.told import about_port
from ..findings.words import MEANINGS
from ..policy.failures import KINDS, beyond_divergences
from ..results.file import SPELLINGS, Environment
from ..verdicts.drawn import LARGEST_MAP
from ..verdicts.formula import total
from ..verdicts.judging import reference_maps
from ..verdicts.verdict import Verdict, pads_text
from .maps import Maps

FORMAT = 1
SENTENCE, TEXT, SOURCE, NAME = 1000, 4000, 2**14, 120  # characters kept of a text
MOST_VALUES = 20_000  # numbers of outputs in a report
LARGEST_VALUES = 2048  # numbers of one output
MOST_FAILURES = 20  # of each kind, shown above the findings


def payload(shown: Report | Diff | History) -> dict[str, Any]:
    """Return the data of the page for a run, the comparison of two runs, or the history of a package's releases."""
    return _Payload(shown).made() if isinstance(shown, Report) else _of_changes(shown)


def _of_changes(shown: Diff | History) -> dict[str, Any]:
    """Return all runs side by side, with the changes as findings."""
    both = _Payload(shown.together())
    made = both.made()
    rows = {case.id: number for number, case in enumerate(both.report.cases)}

    def columns(labels: Iterable[str]) -> list[int]:
        return [both.environments[label] for label in labels]

    kinds = [""] * len(made["cells"]["change"]["of"])
    for change in shown.changes:
        for number in columns(shown.marked(change)) if change.either.spelling == SPELLINGS[0] else ():
            kinds[number * len(both.report.cases) + rows[shown.row(change.either.case)]] = change.kind
    column = _Column()
    for kind in kinds:
        column.add(kind)
    made["cells"]["change"] = column.made()
    made["findings"] = [
        {
            "verdict": cluster.kind,
            "silent": cluster.silent,
            "environments": list(
                dict.fromkeys(columns(label for one in cluster.changes for label in shown.columns(one)))
            ),
            "cause": printable(cluster.example.what, SENTENCE),
            "example": rows[shown.row(cluster.example.either.case)],
            "cases": _steps(dict.fromkeys(rows[shown.row(case)] for case in cluster.cases)),
            "waived": False,
        }
        for cluster in shown.clusters
    ]
    # The notes of each run, instead of those of all together.
    notes = [printable(note, SENTENCE) for note in shown.told]
    told = {"headline": shown.headline, "summary": [], "notes": notes, "gate": "", "failures": []}
    return made | {"kind": "history" if isinstance(shown, History) else "diff", **told}


def _steps(numbers: Iterable[int]) -> list[int]:
    """Return each number minus the one before it, which compresses to a tenth of the size."""
    return [number - before for before, number in pairwise([0, *numbers])]


class _Column:
    """A column of values in which each repeated value is written once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.of: list[int] = []
        self._numbers: dict[Hashable, int] = {}

    def add(self, value: Any, key: Hashable = None) -> None:
        """Append a row; ``key`` stands for a value that is not hashable."""
        self.of.append(self.number(value, key))

    def number(self, value: Any, key: Hashable = None) -> int:
        """Return the number of a value, which has one from then on."""
        number = self._numbers.setdefault(value if key is None else key, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number

    def made(self) -> dict[str, Any]:
        return {"values": self.values, "of": self.of}


class _Payload:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.maps = Maps()
        self.asked: dict[tuple[Axis, ...], tuple[int, ...]] = {}  # the maps of references
        self.weights, self.carried = PortedWeights(), _Column()
        self.environments = {environment.label: i for i, environment in enumerate(report.environments)}
        self.cases = {case.id: i for i, case in enumerate(report.cases)}
        self.divergences = {(d.verdict.case.id, d.verdict.environment.label): d for d in report.divergences}

    def made(self) -> dict[str, Any]:
        report = self.report
        for divergence in (one for cluster in report.clusters for one in cluster.alike):
            if divergence.port:  # what has room only for some has those of the findings' examples
                self._carried(divergence.port)
        return {
            "format": FORMAT,
            "version": __version__,
            "kind": "run",
            "headline": report.headline,
            "summary": [printable(sentence, SENTENCE) for sentence in report.summary],
            "complete": report.complete,
            "notes": [printable(note, SENTENCE) for note in report.notes],
            "gate": printable(" ".join(filter(None, [news(report), report.gate.words])), SENTENCE),
            "failures": list(self._failures()),
            "faults": [[printable(label, NAME), _clean(message)] for label, message in report.results.faults],
            "environments": [_environment(environment) for environment in report.environments],
            "cases": self._cases(),
            "cells": self._cells(),
            "carried": self.carried.values,
            "maps": self.maps.made,
            "values": list(self._values()),
            "findings": [self._finding(cluster) for cluster in report.clusters],
            "meanings": MEANINGS,
        }

    def _failures(self) -> Iterator[list[str]]:
        """Yield the title and sentence of failures that are not divergences; of each kind, the first ones."""
        told = beyond_divergences(self.report.failures)
        for kind in KINDS:
            found = [failure for failure in told if failure.kind == kind]
            yield from ([failure.title, printable(failure.sentence, SENTENCE)] for failure in found[:MOST_FAILURES])
            if len(found) > MOST_FAILURES:
                yield [found[0].title, f"and {len(found) - MOST_FAILURES} more"]

    def _cases(self) -> dict[str, Any]:
        ids = []
        columns = {name: _Column() for name in _CASE_COLUMNS}
        for case in self.report.cases:
            ids.append(printable(case.id, NAME))
            columns["title"].add(printable(case.describe(), SENTENCE))
            for name in _FIELDS:
                columns[name].add(printable(_text(case, name), NAME))
            columns["others"].add(others := tuple(_others(case)), others)
            columns["arrays"].add(arrays := tuple(_arrays(case)), arrays)
            reference = self._reference(case)
            axes = reference.axes if reference else ()
            columns["expected"].add(_sizes(reference.shape[2:]) if reference and reference.shape else "")
            columns["noAnswer"].add(printable(reference.reason, SENTENCE) if reference else "")
            columns["maps"].add(self._asked(case, reference))
            columns["formula"].add(list(map(_line, AXIS_NAMES.get(case.rank, ()), axes)), axes)
        return {"id": ids, **{name: column.made() for name, column in columns.items()}}

    def _reference(self, case: Case) -> Reference | None:
        verdicts = (self.report.verdict(case, environment) for environment in self.report.environments)
        return next((verdict.reference for verdict in verdicts if verdict), None)

    def _asked(self, case: Case, reference: Reference | None) -> tuple[int, ...]:
        axes = None if reference is None else reference.axes
        if reference is None or not axes:
            return ()
        if axes not in self.asked:
            drawable = all(axis.output * axis.kernel <= LARGEST_MAP for axis in axes)
            self.asked[axes] = self.maps.of(reference_maps(reference), case) if drawable else ()
        return self.asked[axes]

    def _cells(self) -> dict[str, Any]:
        columns = {name: _Column() for name in _CELL_COLUMNS}
        for environment in self.report.environments:  # cells of one environment are more alike than those of one case
            for case in self.report.cases:
                verdict = self.report.verdict(case, environment)
                for name, value in zip(_CELL_COLUMNS, self._cell(verdict) if verdict else _NOT_RUN, strict=True):
                    columns[name].add(value)
        return {name: column.made() for name, column in columns.items()}

    def _cell(self, verdict: Verdict) -> tuple[Any, ...]:
        seen, key = verdict.observation, (verdict.case.id, verdict.environment.label)
        divergence = self.divergences.get(key)
        port = divergence.port if divergence else None
        return (
            verdict.verdict,
            verdict.misdeclares,
            "" if verdict.shape is None else _sizes(verdict.shape),
            _clean(seen.source, SOURCE),
            _clean(verdict.literal.line) if verdict.literal else "",
            printable(verdict.reason, SENTENCE),
            divergence.holds.text if divergence and divergence.holds else "",
            _clean(seen.error),
            _clean(seen.log),
            self._read(verdict),
            pads_text(verdict),
            port.verdict if port else "",
            _clean(port.observation.source, SOURCE) if port else "",
            printable(about_port(divergence) if divergence else "", SENTENCE),
            self._carried(port) if port else (),
            printable(self.report.waived.get(key, ""), SENTENCE),
            "",
        )

    def _carried(self, port: Verdict) -> tuple[tuple[str, int], ...]:
        """Return the frameworks from which weights are carried to a port that agrees, and the number of the lines."""
        found = self.weights.to(port) if port.verdict == "agrees" else ()
        return tuple((frameworks, self.carried.number(source)) for frameworks, source in found)

    def _read(self, verdict: Verdict) -> tuple[int, ...]:
        if verdict.observation.sampling is None:  # those of the reference, where equal values prove it
            return self._asked(verdict.case, verdict.reference) if verdict.proven else ()
        return self.maps.of(verdict.maps or (), verdict.case)

    def _values(self) -> Iterator[dict[str, Any]]:
        """Yield the numbers of outputs that differ, the examples of findings first, as far as there is room."""
        examples = [d for cluster in self.report.clusters for d in cluster.alike]
        left, done = MOST_VALUES, set()
        for divergence in (*examples, *self.report.divergences):
            verdict = divergence.verdict
            got, cell = verdict.observation.values, self._cell_number(verdict)
            if got is None or cell in done or got.size > min(left, LARGEST_VALUES):
                continue
            done.add(cell)
            same = verdict.observation.shape == verdict.reference.shape
            expected = reference_values(verdict.case).ravel().tolist() if same else None
            left -= got.size * (2 if same else 1)
            yield {"cell": cell, "shape": list(got.shape), "got": list(map(_number, got.ravel())), "expected": expected}

    def _cell_number(self, verdict: Verdict) -> int:
        return self.environments[verdict.environment.label] * len(self.cases) + self.cases[verdict.case.id]

    def _finding(self, cluster: Cluster) -> dict[str, Any]:
        return {
            "verdict": cluster.verdict,
            "silent": cluster.example.silent,
            "environments": [self.environments[label] for label in cluster.environments],
            "cause": printable(cluster.cause, SENTENCE),
            "example": self.cases[cluster.example.verdict.case.id],
            "cases": _steps(self.cases[case.id] for case in cluster.cases),
            "waived": all(
                (d.verdict.case.id, d.verdict.environment.label) in self.report.waived for d in cluster.divergences
            ),
        }


_CELL_COLUMNS = (
    "verdict",
    "misdeclares",
    "shape",
    "source",
    "literal",
    "reason",
    "holds",
    "error",
    "log",
    "maps",
    "pads",
    "port",
    "portSource",
    "portReason",
    "carried",
    "waived",
    "change",
)
_NOT_RUN = ("", False, "", "", "", "", "", "", "", (), "", "", "", "", (), "", "")


def _padding(padding: Padding) -> str:
    if isinstance(padding, str):
        return padding
    sides = [str(b) if b == a else f"{b}+{a}" for b, a in padding]
    return sides[0] if len(set(sides)) == 1 else ",".join(sides)


def _sizes(sizes: Iterable[int]) -> str:
    return "x".join(map(str, sizes))


def _text(case: Case, name: str) -> str:
    """Return the value of a field as the page shows it."""
    value = getattr(case, name)
    if name in ("padding", "input_padding"):
        return _padding(value)
    if name == "padding_mode":
        return value if isinstance(value, str) else ",".join(value)
    if isinstance(value, tuple):
        return _sizes(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


_FIELDS = ("op", "input", "kernel", "stride", "dilation", "padding")  # those that have a column of their own
_CASE_COLUMNS = ("title", *_FIELDS, "others", "expected", "noAnswer", "maps", "formula", "arrays")


def _others(case: Case) -> Iterator[str]:
    """Yield the parameters that have no column of their own and differ from their defaults."""
    for field in fields(case):
        if field.name not in (*_FIELDS, "id") and getattr(case, field.name) != field.default:
            yield printable(f"{field.name} {_text(case, field.name)}", NAME)


def _arrays(case: Case) -> tuple[str, str, str]:
    """Return the shapes of the input and of the weights, and the dtype; a pool has weights without elements."""
    weights = weights_shape(case) if case.op in OPS else None  # a hostile case may have any operation
    return repr((case.batch, case.in_channels, *case.input)), repr(weights or (0, 0)), case.dtype


def _line(name: str, axis: Axis) -> tuple[str, str, str, str]:
    reaches = f"the {axis.kernel} taps reach over {axis.effective}" if axis.dilation > 1 and axis.kernel > 1 else ""
    return name, total(axis), axis.formula(), reaches


def _number(value: float) -> float | str:
    """Return a number of an output; as text where it is not finite, since JSON has no such numbers."""
    return float(value) if np.isfinite(value) else str(value)


def _clean(text: str, longest: int = TEXT) -> str:
    """Return text of several lines, with control characters made visible."""
    lines = text[: longest + 1].expandtabs(4).splitlines()
    joined = "\n".join(printable(line, longest) for line in lines).strip("\n")
    return joined if len(joined) <= longest else joined[: longest - 1] + "…"


def _environment(environment: Environment) -> dict[str, Any]:
    details = environment.details
    recorded = {"python": "python", "platform": "platform", "processor": "processor", "found in": "origin"}
    facts = {name: details.get(key) for name, key in recorded.items()}
    limits = {"timeout (s)": details.get("timeout"), "memory (bytes)": details.get("memory")}
    return {
        "label": printable(environment.label, NAME),
        "adapter": printable(environment.adapter, NAME),
        "framework": printable(title(environment.adapter), NAME),
        "version": printable(environment.shown_version, NAME),
        "basis": environment.basis,
        "packages": _pairs(environment.packages),
        "facts": _pairs(facts, details.get("facts"), limits, details.get("variables")),
        "imports": _clean(str(details.get("imports", ""))),
        "script": _clean(str(details.get("script", ""))),
    }


def _pairs(*tables: Any) -> list[list[str]]:
    """Return the items of tables from a results file, ignoring anything that is not a table."""
    items = [item for table in tables if isinstance(table, dict) for item in table.items()]
    return [[printable(str(key), NAME), printable(str(value), NAME)] for key, value in items if value not in (None, "")]
