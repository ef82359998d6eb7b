"""A model in one environment, in lines of text: the layers that differ, in the model's order, and what to write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ...cases.arithmetic import AXIS_NAMES
from ...cases.text import count, printable, several
from ..findings.words import word
from ..verdicts.axis_difference import TOWARDS
from .centres import number
from .target import Row, Target

ROWS = 40  # of one environment; --json and --html have all


def lines(target: Target) -> Iterator[str]:
    """Yield the model in an environment as lines of text."""
    environment = target.environment
    yield f"{printable(environment.label, 40)} {environment.shown_version}"
    yield f"  {target.headline}"
    yield from (f"  {printable(line, 700)}" for line in details(target))
    for row in target.rows[:ROWS]:
        yield ""
        yield from (f"    {printable(line, 700)}" for line in _row(row))
    if len(target.rows) > ROWS:
        yield f"    and {count(len(target.rows) - ROWS, 'layer')} more; --json and --html have all"


def details(target: Target) -> Iterator[str]:
    """Yield the lines about the whole model in an environment: drift, centres, sizes and defaults."""
    if target.missing:
        yield f"Of {count(target.missing, 'layer')}, nothing is known."
    if target.rows and target.centre and target.centre.original != target.centre.port:
        moved = [row for row in target.rows if row.drift]
        if moved and (text := drift_text(moved[-1])):
            yield f"By {moved[-1].layer.path}, the windows have drifted {text}."
        yield target.centre.sentence
    if target.vanishes:
        yield target.vanishes
    yield from (trap.sentence() for trap in target.traps)


def _row(row: Row) -> Iterator[str]:
    verdict = row.verdict
    yield f"{row.layer.title}: {verdict.case.describe()}"
    drifted = f"; so far, the windows have drifted {text}" if (text := drift_text(row)) else ""
    yield f"  {word(verdict.verdict)}: {verdict.reason}{drifted}"
    if verdict.observation.source:
        yield f"  as written:  {verdict.observation.source}"
    if row.sizes:
        yield f"  {row.sizes}"
    if row.write:
        basis = "predicted to agree" if verdict.environment.basis == "predicted" else "ran and agrees"
        yield f"  write:       {row.write}  # {basis}"
    else:
        yield "  no line is known that agrees"


def drift_text(row: Row) -> str:
    """Return the drift at the output of a layer in words: ``7 px above and 7 px left``; empty if there is none."""
    return moved_text(row.layer.case.rank, row.drift)


def moved_text(rank: int, drift: Sequence[tuple[Fraction, Fraction]]) -> str:
    """Return the least and the largest drift along each axis in words; empty if there is none."""
    parts = []
    for name, (least, most) in zip(AXIS_NAMES[rank], drift, strict=False):
        if least == most == 0:
            continue
        later, earlier = (towards.removesuffix(" of") for towards in TOWARDS[name])
        if least < 0 < most:
            parts.append(f"{number(-least)} px {earlier} to {number(most)} px {later}")
            continue
        low, high = sorted((abs(least), abs(most)))
        pixels = number(low) if low == high else f"{number(low)} to {number(high)}"
        parts.append(f"{pixels} px {earlier if least < 0 else later}")
    return several(parts)
