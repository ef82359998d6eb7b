"""The example of a finding, taken from the report that has it: the reason, the lines, and the elements read."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ...cases.case import Case
from ...cases.errors import InputError
from ..figures.drawing import Drawing
from ..figures.reads import Side, measured, of_case
from ..figures.windows import alt, chosen
from ..findings import told
from ..findings.report import Report, cause_of
from ..findings.told import Told
from .column import Column


@dataclass(frozen=True)
class Example:
    """One case of a finding in one column: its cause with numbers, the line as written, and what it reads, if known."""

    column: Column
    case: Case
    cause: str
    source: str
    told: Told
    side: Side | None

    @property
    def written(self) -> tuple[object, ...]:
        """What its page says of it, apart from its column: the layer, the lines as written, and the ports."""
        wordings = [(one.written, one.literal) for one in self.told.wordings]
        return self.case.key, self.source, wordings, [(port.said, port.source) for port in self.told.ports]


def example(report: Report, column: Column, id: str) -> Example:
    """Return the example of a case in a column, both of which the report has."""
    row = report.verdict(id, column.label)
    divergence = report.divergence(row) if row else None
    assert row is not None
    assert divergence is not None
    side = None
    with suppress(InputError):  # nothing was measured, or it is too large
        side = measured(row)
    return Example(column, row.case, cause_of(divergence), row.observation.source, told.divergence(divergence), side)


def alike(examples: Sequence[Example]) -> list[list[Example]]:
    """Return examples in groups that say the same of different columns."""
    found: list[list[Example]] = []
    for one in examples:
        group = next((group for group in found if group[0].written == one.written), None)
        if group is None:
            found.append([one])
        else:
            group.append(one)
    return found


def drawing(examples: Sequence[Example]) -> Drawing | None:
    """Return the drawing of the same case in several columns, beside the request; None if there is nothing to draw."""
    first, *_ = examples
    sides = [one.side for one in examples if one.side and one.case.key == first.case.key]
    try:
        sides.insert(0, of_case(first.case))
        if len(sides) == 1:
            return None
        pair = sides[:2]
        made = Drawing(sides, (0, 1), None, alt(pair, chosen(pair)))
        made.payload()
    except InputError:  # no output, or too large
        return None
    return made
