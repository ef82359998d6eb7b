"""Looks around the smallest layers of a hunt: which environments and which values near them show the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..cases.case import Case
from ..cases.catalog.variations import nearby
from ..report.findings.report import Report
from ..report.findings.sightings import DEATHS, Sighting, seen_again
from .finding import Edge, Finding, needs
from .observing import Observer, apart, together
from .shrinking import Groups, where

Near = tuple[str, Any, Any, Case]  # a parameter in words, the value of the layer, another one, the layer with that


def surrounded(found: Sequence[Sighting], observer: Observer, groups: Groups) -> list[Finding]:
    """Return the findings that shrunk sightings are, with the environments that show them, and their edges."""
    asked: dict[Case, tuple[str, ...]] = {}
    around: list[list[Near]] = []
    for one in found:
        for label in observer.labels:
            case = _run_in(label, one)
            asked[case] = (*asked.get(case, ()), label)
        near = list(_near(one))
        for *_, case in near:
            asked[case] = (*asked.get(case, ()), *where(one, groups))
        around.append(near)
    report = observer.observe(asked)
    return [_finding(one, near, report, groups, observer.labels) for one, near in zip(found, around, strict=True)]


def _near(one: Sighting) -> list[Near]:
    return [(what, own, other, _run_as(one, case)) for what, own, other, case in nearby(together(one.case))]


def _run_as(one: Sighting, case: Case) -> Case:
    """Return a layer in a process of its own if the sighting is a death."""
    return apart(case) if one.row.verdict in DEATHS else together(case)


def _run_in(label: str, one: Sighting) -> Case:
    """Return the layer of a sighting as it is run in an environment: where it dies, in a process of its own."""
    return _run_as(one, one.case) if label == one.label else together(one.case)


def _finding(one: Sighting, near: Sequence[Near], report: Report, groups: Groups, labels: tuple[str, ...]) -> Finding:
    """Return the finding that a sighting is, from the report on its layer and those around it."""
    rows = {label: report.verdict(_run_in(label, one), label) for label in labels}
    elsewhere = {label: replace(one, row=row) for label, row in rows.items() if row}
    again = {label: seen_again(report, groups, each.case, each) for label, each in elsewhere.items()}
    agreeing = tuple(label for label, row in rows.items() if row and not row.diverges)
    variants = {variant: seen_again(report, groups, variant, one) is not None for *_, variant in near}
    finding = Finding(
        again.get(one.label) or one,
        tuple(dict.fromkeys([one.label, *(label for label, each in again.items() if each)])),
        agreeing,
        tuple(_edges(near, variants)),
        like=needs(one.case, variants),
        steady=again.get(one.label) is not None,
    )
    lacking = [(what, own, other, variant) for what, own, other, variant in near if not variants[variant]]
    if lacking:
        what, _, other, finding.neighbour = min(lacking, key=lambda one: _distance(one, report, finding))
        finding.change = f"{what} {other}"
    return finding


def _distance(one: Near, report: Report, finding: Finding) -> tuple[bool, float]:
    """Return the sort key of a layer near a finding: those that agree come first, then those with the nearest value."""
    _, own, other, case = one
    row = report.verdict(case, finding.sighting.label)
    numbers = isinstance(own, int) and isinstance(other, int)
    return not (row and row.verdict == "agrees"), abs(own - other) if numbers else 1.5


def _edges(near: Sequence[Near], variants: dict[Case, bool]) -> list[Edge]:
    """Return the parameters of which some values show it and others do not."""
    tried: dict[str, list[Near]] = {}
    for one in near:
        tried.setdefault(one[0], []).append(one)
    edges = []
    for what, those in tried.items():
        lacks = tuple(other for _, _, other, case in those if not variants[case])
        if lacks:
            own = those[0][1]
            edges.append(Edge(what, own, (own, *(other for _, _, other, case in those if variants[case])), lacks))
    return edges
