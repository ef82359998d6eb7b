"""What the matrix keeps of results files: for each column and case the verdict and its cause, and where a report is.

Files are added one after the other, and nothing else of them is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ...cases.errors import InputError
from ...cases.text import count, printable
from ..findings.report import DANGER, Report, cause_of, without_numbers
from ..verdicts.verdict import kind
from .column import Column, ordered
from .naming import unique

OTHERS = "other layers"  # the name for cases that are in no catalog that ships


@dataclass(frozen=True)
class Mark:
    """What a column did in a case: its verdict, and the cause without its numbers, empty for agreement."""

    verdict: str
    cause: str = ""


AGREES = Mark("agrees")


@dataclass(frozen=True)
class Layer:
    """A case as the matrix shows it: its catalog, its description, and whether its kernel has several taps."""

    catalog: str
    described: str
    key: str
    wide: bool
    source: str  # the results file that had it first


@dataclass
class Part:
    """What one results file says about a column."""

    source: str
    link: str
    marks: dict[str, Mark] = field(default_factory=dict)  # by the id of the case


@dataclass(frozen=True)
class Cell:
    """A catalog in a column: the number of its cases with each verdict, and the reports that have them."""

    counts: Counter[str]
    links: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """Cases that diverge for the same cause in the same adapters, whatever their versions.

    ``name`` is that of its page; it depends on the verdict, the cause and the adapters alone. ``cause`` has no numbers.
    """

    verdict: str
    cause: str
    adapters: tuple[str, ...]
    cases: tuple[str, ...]

    @cached_property
    def name(self) -> str:
        """The name of its page, without an ending."""
        return unique(f"{self.verdict} {' '.join(self.adapters)}", self.verdict, self.cause, self.adapters)


class Matrix:
    """The results files that were added, by column and case."""

    def __init__(self, catalogs: Mapping[str, tuple[str, str]]) -> None:
        """``catalogs`` has the catalog and the key of each case that ships, by its id."""
        self._catalogs = catalogs
        self.parts: dict[Column, list[Part]] = {}
        self.layers: dict[str, Layer] = {}
        self.notes: list[str] = []
        self.sources = 0  # results files
        self._marks = {AGREES: AGREES}  # one of each

    def add(self, report: Report, source: str, link: str) -> None:
        """Add the report of a results file, whose page is at ``link``.

        Raise InputError if a case was observed in the same environment in another file, or is another case there.
        """
        for case in report.cases:
            self._add_layer(case.id, case.key, case.describe(), max(case.kernel, default=1) > 1, source)
        added = {}
        for environment in report.environments:
            added[environment.label] = Part(source, link)
            self.parts.setdefault(Column.of(environment), []).append(added[environment.label])
        for row in report.verdicts:
            if row.spelling == "as written":
                divergence = report.divergence(row)
                mark = Mark(kind(row), without_numbers(cause_of(divergence))) if divergence else AGREES
                added[row.environment.label].marks[row.case.id] = self._marks.setdefault(mark, mark)
        self._check(report)
        self.sources += 1
        for note in [*report.doubts, *report.notes]:
            self.notes.append(note if note.startswith(source) else f"{source}: {note}")

    def _add_layer(self, id: str, key: str, described: str, wide: bool, source: str) -> None:
        known = self.layers.get(id)
        if known is None:
            catalog, shipped = self._catalogs.get(id, (OTHERS, key))
            self.layers[id] = Layer(catalog if shipped == key else OTHERS, described, key, wide, source)
        elif known.key != key:
            other = "names two different cases; the other is in"
            raise InputError([f"{source}: the id {printable(id, 60)} {other} {known.source}"])

    def _check(self, report: Report) -> None:
        """Raise InputError if the file that was added last has a case of a column that another one has as well."""
        for environment in report.environments:
            column = Column.of(environment)
            *others, new = self.parts[column]
            for other in others:
                twice = [id for id in new.marks if id in other.marks]
                if twice:
                    where = printable(f"{column.adapter} {column.told}".strip(), 120)
                    what = f"observes {count(len(twice), 'layer')} in {where} that {other.source} observes as well"
                    such = f"such as {printable(twice[0], 60)} of {self.layers[twice[0]].catalog}"
                    raise InputError([f"{new.source}: {what}, {such}; give one of the two files"])

    @cached_property
    def columns(self) -> list[Column]:
        """The columns, by adapter and version."""
        return ordered(self.parts)

    @property
    def catalogs(self) -> list[str]:
        """The catalogs that have a case, with the cases of no catalog at the end."""
        found = dict.fromkeys(layer.catalog for layer in self.layers.values())
        return sorted(found, key=lambda name: (name == OTHERS, name))

    def mark(self, column: Column, case: str) -> Mark | None:
        """Return what a column did in a case; None if it was not run there."""
        return next((part.marks[case] for part in self.parts[column] if case in part.marks), None)

    def cell(self, catalog: str, column: Column) -> Cell:
        """Return a catalog in a column."""
        counts: Counter[str] = Counter()
        links: dict[str, None] = {}
        for part in self.parts[column]:
            found = [mark.verdict for id, mark in part.marks.items() if self.layers[id].catalog == catalog]
            counts.update(found)
            if found:
                links[part.link] = None
        return Cell(counts, tuple(links))

    @cached_property
    def findings(self) -> list[Finding]:
        """The findings, by danger and then by number of cases."""
        adapters: dict[str, dict[Mark, dict[str, None]]] = {id: {} for id in self.layers}
        for column in self.columns:
            for part in self.parts[column]:
                for id, mark in part.marks.items():
                    if mark is not AGREES:
                        adapters[id].setdefault(mark, {})[column.adapter] = None
        cases: dict[tuple[Mark, tuple[str, ...]], list[str]] = {}
        for id, marks in adapters.items():
            for mark, names in marks.items():
                cases.setdefault((mark, tuple(names)), []).append(id)
        found = [Finding(mark.verdict, mark.cause, names, tuple(ids)) for (mark, names), ids in cases.items()]
        order = {verdict: number for number, verdict in enumerate((*DANGER, "misdeclares"))}
        return sorted(found, key=lambda one: (order[one.verdict], -len(one.cases), one.name))

    def having(self, finding: Finding, column: Column) -> tuple[int, Counter[str]]:
        """Return in how many of its cases a column has a finding, and the verdicts of its other cases there."""
        marks = [mark for id in finding.cases if (mark := self.mark(column, id))]
        mine = Mark(finding.verdict, finding.cause)
        return marks.count(mine), Counter(mark.verdict for mark in marks if mark != mine)

    def links(self, finding: Finding, column: Column) -> list[str]:
        """Return the reports that have a finding's cases in a column."""
        parts = [part for part in self.parts[column] if not part.marks.keys().isdisjoint(finding.cases)]
        return list(dict.fromkeys(part.link for part in parts))

    def example(self, finding: Finding) -> str:
        """Return the case that stands for a finding: the first whose kernel has more than one tap."""
        return min(finding.cases, key=lambda id: not self.layers[id].wide)

    def shown(self, finding: Finding, adapter: str) -> tuple[Column, Part, str]:
        """Return the newest column of an adapter in which a finding's example has it, its part, and the example.

        Where the adapter has it in other cases only, it is the first of these.
        """
        mine, example = Mark(finding.verdict, finding.cause), self.example(finding)
        columns = [column for column in reversed(self.columns) if column.adapter == adapter]
        found: Iterator[tuple[Column, Part, str]] = (
            (column, part, id)
            for id in (example, *finding.cases)
            for column in columns
            for part in self.parts[column]
            if part.marks.get(id) == mine
        )
        return next(found)
