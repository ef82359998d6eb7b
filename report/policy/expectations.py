"""The divergences that are expected, with reasons, and the check of a run against them.

An expectation states the verdict of some cases in some environments. A divergence that matches an expectation is
waived. In each environment, every name and pattern of an expectation promises at least one such divergence; it is stale
where its cases ran and there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from ...cases.case import FIELDS, Case
from ...cases.text import printable, several
from ..results.file import Environment
from ..verdicts.verdict import Verdict, kind

Key = tuple[str, str, str]  # case id, environment label, spelling
Pads = tuple[tuple[int, int], ...]
Fact = str | int | bool  # the value of a fact that an environment reports

PER_AXIS = tuple(field.name for field in FIELDS if field.takes in ("sizes", "per axis"))
NUMBERS = "numbers"  # as a padding: any padding in numbers


@dataclass(frozen=True)
class Expectation:
    """One entry of a file of expectations. An empty selector selects everything.

    ``parameters`` holds the alternatives of each parameter as a catalog spells them, and those of ``rank``. ``pads``
    are the measured pads, (before, after) per axis.
    """

    file: str
    line: int
    index: int  # among the entries of the file
    verdicts: tuple[str, ...]
    reason: str
    cases: tuple[str, ...] = ()
    parameters: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    adapters: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    spelling: str = "as written"
    packages: Mapping[str, SpecifierSet] = field(default_factory=dict)
    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)  # the alternatives of each
    pads: Pads | None = None
    unforeseen: bool | None = None  # whether the measurement differs from its prediction; None where either will do
    link: str = ""
    expires: date | None = None

    @property
    def place(self) -> str:
        """``FILE:LINE``."""
        return f"{self.file}:{self.line}"

    @property
    def why(self) -> str:
        """The reason, followed by the link."""
        return f"{self.reason} ({self.link})" if self.link else self.reason

    @property
    def patterns(self) -> tuple[str, ...]:
        """The ids and id patterns, each of which promises a divergence."""
        return self.cases or ("*",)

    @cached_property
    def words(self) -> str:
        """The expected verdicts and pads in words, such as ``shape or shifted, pads (0,1),(0,1)``."""
        said = " or ".join(self.verdicts) + ("" if self.pads is None else _pads_words(self.pads))
        return said if self.unforeseen is None else f"{said}, {_foreseen_words(self.unforeseen)}"

    def is_about(self, environment: Environment) -> bool:
        """Return whether it applies to an environment, by its adapter, label, package versions and facts."""
        return (
            (not self.adapters or environment.adapter in self.adapters)
            and (not self.environments or environment.label in self.environments)
            and all(_installed(environment, name, versions) for name, versions in self.packages.items())
            and all(any(_is(environment, name, value) for value in values) for name, values in self.facts.items())
        )

    def matches(self, case: Case, pattern: str) -> bool:
        """Return whether it applies to a case, by its parameters and one of its patterns."""
        return fnmatchcase(case.id, pattern) and all(
            any(spelled(case, name, value) for value in values) for name, values in self.parameters.items()
        )

    def covers(self, verdict: Verdict) -> bool:
        """Return whether it applies to a row, whatever the verdict of the row is."""
        return (
            verdict.spelling == self.spelling
            and self.is_about(verdict.environment)
            and any(self.matches(verdict.case, pattern) for pattern in self.patterns)
        )

    def fits(self, verdict: Verdict) -> bool:
        """Return whether a row that it covers is as expected."""
        told = self.unforeseen is None or self.unforeseen is bool(verdict.unforeseen)
        return kind(verdict) in self.verdicts and told and (self.pads is None or _padded(verdict, self.pads))


@dataclass(frozen=True)
class Promise:
    """The promise of one pattern of an expectation in one environment: a divergence among these cases."""

    expectation: Expectation
    pattern: str
    label: str
    cases: tuple[str, ...]

    @property
    def by_name(self) -> bool:
        """Whether it names a single case, so that no other case could fulfil it."""
        return bool(self.expectation.cases) and not re.search(r"[*?[]", self.pattern)


@dataclass
class Checked:
    """The result of checking expectations against a run. ``failures`` and ``notes`` are complete lines for a reader."""

    expectations: tuple[Expectation, ...]
    waived: dict[Key, Expectation] = field(default_factory=dict)
    contradicted: dict[Key, Expectation] = field(default_factory=dict)  # the entry that each row contradicts
    stale: list[Promise] = field(default_factory=list)
    unmatched: list[tuple[Expectation, str]] = field(default_factory=list)  # with the pattern
    expired: list[Expectation] = field(default_factory=list)
    rows: Mapping[Key, Verdict] = field(default_factory=dict)
    partial: bool = False

    @property
    def files(self) -> str:
        """The files that the expectations come from."""
        return several(list(dict.fromkeys(expectation.file for expectation in self.expectations)))

    @property
    def headline(self) -> str:
        """A sentence with the number of expected divergences; empty where there are no expectations."""
        count = len(self.waived)
        what = "1 divergence is" if count == 1 else f"{count} divergences are"
        return f"{what} expected ({printable(self.files)})" if self.expectations else ""

    @property
    def reasons(self) -> dict[tuple[str, str], str]:
        """The reason why each (case id, environment label) is waived as written."""
        return {(id, label): e.why for (id, label, spelling), e in self.waived.items() if spelling == "as written"}

    @property
    def failures(self) -> list[str]:
        """The lines on expectations that do not hold, and so fail the run."""
        return [line for _, line in self.told]

    @property
    def told(self) -> list[tuple[Key | None, str]]:
        """The lines of :attr:`failures`, each with the key of its row; None where it is not about a single row."""
        lines = [self._no_longer(promise) for promise in self.stale if not self._is_contradicted(promise)]
        lines += map(self._is_over, self.expired)
        if not self.partial:
            lines += self._nothing
        rows = [(key, self._says_otherwise(key, expectation)) for key, expectation in self.contradicted.items()]
        return [*rows, *((None, line) for line in lines)]

    @property
    def outdated(self) -> set[Key]:
        """The contradicted rows that fail the run whatever the gate says, since their expectation is stale."""
        promised = {
            ((id, promise.label, promise.expectation.spelling), promise.expectation.index, promise.expectation.file)
            for promise in self.stale
            for id in promise.cases
        }
        return {key for key, e in self.contradicted.items() if (key, e.index, e.file) in promised}

    def failures_of(self, key: Key) -> list[str]:
        """Return the lines of :attr:`failures` that are about one row."""
        id, label, spelling = key
        if key in self.contradicted:
            return [self._says_otherwise(key, self.contradicted[key])]
        lines = [
            self._no_longer(promise)
            for promise in self.stale
            if (promise.label, promise.expectation.spelling) == (label, spelling) and id in promise.cases
        ]
        return lines + [self._is_over(e) for e in self.expired if self.waived.get(key) is e]

    @property
    def notes(self) -> list[str]:
        """The notes on failures of a whole run that mean nothing for a part of one."""
        if not (self.partial and self.unmatched):
            return []
        count = len(self.unmatched)
        match = "matches" if count == 1 else "match"
        return [f"this is part of a run: {count} of the expectations' names and patterns {match} nothing in it"]

    @property
    def fails(self) -> bool:
        """Whether the run fails whatever its verdicts are, because some expectation no longer holds."""
        return bool(self.stale or self.expired or (self.unmatched and not self.partial))

    @property
    def _nothing(self) -> list[str]:
        return [
            f"{e.place}: matches nothing: no case of this run is {_named(e, pattern)}" for e, pattern in self.unmatched
        ]

    def _says_otherwise(self, key: Key, expectation: Expectation) -> str:
        row = self.rows[key]
        where = f"{printable(row.case.id, 80)} in {printable(row.environment.label, 40)}"
        port = "" if row.spelling == "as written" else f" ({row.spelling})"
        got = f"{kind(row)}{'' if expectation.pads is None else _pads_words(row.pads)}"
        got += "" if expectation.unforeseen is None else f", {_foreseen_words(bool(row.unforeseen))}"
        return (
            f"{expectation.place}: {where}{port}: expected {expectation.words}, "
            f"because {_short(expectation.why)}; is {got}"
        )

    def _is_contradicted(self, promise: Promise) -> bool:
        """Return whether all its cases are contradicted, so that each of them is reported already."""
        e = promise.expectation
        return all(self.contradicted.get((id, promise.label, e.spelling)) is e for id in promise.cases)

    def _is_over(self, expectation: Expectation) -> str:
        return f"{expectation.place}: expired on {expectation.expires}: {_short(expectation.why)}"

    def _no_longer(self, promise: Promise) -> str:
        e = promise.expectation
        found = sorted({kind(self.rows[id, promise.label, e.spelling]) for id in promise.cases})
        where = f"{_named(e, promise.pattern)} in {printable(promise.label, 40)}"
        return f"{e.place}: no longer occurs: {where}: expected {e.words}, is {' or '.join(found)}: {_short(e.why)}"


def check(
    expectations: Sequence[Expectation],
    verdicts: Iterable[Verdict],
    cases: Iterable[Case],
    environments: Iterable[Environment],
    partial: bool = False,
    today: date | None = None,
) -> Checked:
    """Return the result of checking expectations against a run.

    An expectation that applies to no environment of the run is not judged. In a ``partial`` run, which leaves out
    cases, a pattern that is not the name of a single case is not judged either.
    """
    rows: dict[Key, Verdict] = {(v.case.id, v.environment.label, v.spelling): v for v in verdicts}
    checked = Checked(tuple(expectations), rows=rows, partial=partial)
    foresees = any(expectation.unforeseen for expectation in expectations)
    for key, row in rows.items():
        if not row.diverges and not (foresees and row.unforeseen):
            continue
        about = [expectation for expectation in expectations if expectation.covers(row)]
        about.sort(key=lambda expectation: expectation.unforeseen is None)  # those that say more come first
        fitting = next((expectation for expectation in about if expectation.fits(row)), None)
        if fitting:
            checked.waived[key] = fitting
        elif about and row.diverges:
            checked.contradicted[key] = about[0]
    cases, environments = list(cases), list(environments)
    for expectation in expectations:
        present = [environment for environment in environments if expectation.is_about(environment)]
        for pattern in expectation.patterns if present else ():
            matching = [case for case in cases if expectation.matches(case, pattern)]
            if not matching:
                checked.unmatched.append((expectation, pattern))
            checked.stale += [
                promise
                for promise in _promises(expectation, pattern, present, matching, rows)
                if not any(expectation.fits(rows[id, promise.label, expectation.spelling]) for id in promise.cases)
                and (promise.by_name or not partial)
            ]
        if present and expectation.expires is not None and expectation.expires < (today or date.today()):
            checked.expired.append(expectation)
    return checked


def _promises(
    expectation: Expectation,
    pattern: str,
    environments: list[Environment],
    cases: list[Case],
    rows: Mapping[Key, Verdict],
) -> Iterator[Promise]:
    for environment in environments:
        ran = tuple(case.id for case in cases if (case.id, environment.label, expectation.spelling) in rows)
        if ran:
            yield Promise(expectation, pattern, environment.label, ran)


def spelled(case: Case, name: str, value: Any) -> bool:
    """Return whether a parameter of a case has this value in a catalog, where one number stands for every axis."""
    if name == "padding" and isinstance(value, str):
        return not isinstance(case.padding, str) if value == NUMBERS else case.padding == value
    if name == "padding":
        sides = value if isinstance(value, list) else [value] * case.rank
        return case.padding == tuple(tuple(side) if isinstance(side, list) else (side, side) for side in sides)
    if name in PER_AXIS:
        return bool(getattr(case, name) == (tuple(value) if isinstance(value, list) else (value,) * case.rank))
    return bool(getattr(case, name) == value)


def _foreseen_words(unforeseen: bool) -> str:
    return "not as predicted" if unforeseen else "as predicted"


def _installed(environment: Environment, name: str, versions: SpecifierSet) -> bool:
    try:
        return versions.contains(Version(environment.packages[name]), prereleases=True)
    except (KeyError, InvalidVersion):
        return False


def _is(environment: Environment, name: str, value: Fact) -> bool:
    """Return whether an environment reports a fact with this value; a fact that it does not report has no value."""
    known = environment.facts.get(name)
    return type(known) is type(value) and known == value


def _padded(verdict: Verdict, pads: Pads) -> bool:
    """Return whether these pads are among those that the measurement allows."""
    sampling = verdict.sampling
    if sampling is None or len(sampling) != len(pads):
        return False
    for axis, (before, after) in zip(sampling, pads, strict=True):
        if axis is None or axis.before != before or axis.after is None:
            return False
        low, high = axis.after
        if after < low or (high is not None and after > high):
            return False
    return True


def _pads_words(pads: Pads | None) -> str:
    return ", pads unknown" if pads is None else ", pads " + ",".join(f"({before},{after})" for before, after in pads)


def _named(expectation: Expectation, pattern: str) -> str:
    """Return in words the cases that a pattern selects."""
    parameters = [f"{name} {' or '.join(map(str, values))}" for name, values in expectation.parameters.items()]
    named = [printable(pattern, 80)] if expectation.cases else []
    return printable(", ".join([*named, *parameters]), 200) or "any case"


def _short(reason: str) -> str:
    return printable(reason, 300)
