"""Two source files compared layer by layer, as their code applies them. They are parsed and never run.

Each layer of the second is compared on the input of the layer of the first that it is paired with, so that one mistake
is told once. Layers are paired in order, by their kind and kernel.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from fractions import Fraction
from functools import cached_property
from typing import Any

from ...adapters.expression import Reading
from ...adapters.registry import reader
from ...cases.errors import InputError
from ...cases.text import count, printable, several
from ..findings.compared import HEADINGS, Compared, compare
from .beside import inputs_of
from .growing import Given, Row
from .no_window.others import Asked
from .no_window.settings import LATER, Described, described, written
from .source import HOW, Found
from .stack import Stack, drift_between, stacked
from .told import moved_text


@dataclass(frozen=True)
class Entry:
    """One layer of a file: where it stands, its line, its input (C, *spatial), and what pairs it with another."""

    place: str
    line: str
    input: tuple[int, ...]
    key: tuple[Any, ...]
    row: Row | None = None
    described: Described | None = None


@dataclass(frozen=True)
class Difference:
    """A pair of layers that differ: why, in a sentence about the second, at which sizes, and the line to write."""

    first: Entry
    second: Entry
    reason: str
    sizes: str
    write: str
    later: bool = False  # whether it shows in training only

    def lines(self, alike: Sequence[Difference] = ()) -> Iterator[str]:
        """Yield the difference as lines of text, with the places of others that are ``alike``."""
        yield f"  {self.second.place}: {printable(self.second.line, 200)}"
        yield f"    is not {self.first.place}: {printable(self.first.line, 200)}"
        yield f"    It {self.reason}.{f' It {self.sizes}.' if self.sizes else ''}"
        yield f"    write: {self.write}" if self.write else "    No line is known that does the same."
        if alike:
            places = Counter(one.second.place for one in alike)
            told = [place if times == 1 else f"{place} ({times} times)" for place, times in places.items()]
            yield f"    The same holds for {count(len(alike), 'more layer')}: {several(told)}"

    def to_json(self) -> dict[str, Any]:
        """Return the difference as ``--json`` writes it."""
        return {
            "original": {"place": self.first.place, "line": self.first.line},
            "port": {"place": self.second.place, "line": self.second.line},
            "cause": self.reason,
            "sizes": self.sizes or None,
            "write": self.write or None,
        }


class SourcesCompared:
    """The layers of two files in pairs, those that differ by themselves, and those that have no partner."""

    def __init__(self, first: Sequence[Entry], second: Sequence[Entry], notes: Sequence[str] = ()) -> None:
        """``notes`` are sentences that the text ends with."""
        self.notes = tuple(notes)
        self.pairs, self.unpaired = _paired(first, second)

    @cached_property
    def differ(self) -> list[Difference]:
        """The pairs that differ, in the order of the first file."""
        return [difference for difference in self._all if not difference.later]

    @cached_property
    def later(self) -> list[Difference]:
        """The pairs that agree in inference, and will be trained differently."""
        return [difference for difference in self._all if difference.later]

    @cached_property
    def _all(self) -> list[Difference]:
        found = (_difference(one, other) for one, other in self.pairs)
        return [difference for difference in found if difference]

    @property
    def same(self) -> bool:
        """Whether every layer has a partner, and no pair differs."""
        return not self.differ and not self.unpaired

    @cached_property
    def drift(self) -> tuple[Fraction, ...]:
        """The input elements by which the second's windows lie later than the first's by the last pair, per axis."""
        rows = [(one.row, other.row) for one, other in self.pairs if one.row and other.row]
        return drift_between(rows) if rows else ()

    def lines(self) -> Iterator[str]:
        """Yield the comparison as lines of text."""
        number = len(self.differ)
        verb = "differs" if number == 1 else "differ"
        selves = "itself" if number == 1 else "themselves"
        yield f"{number} of {count(len(self.pairs), 'layer')} {verb} by {selves} (predicted; nothing was run)"
        for difference, *alike in _alike(self.differ):
            yield ""
            yield from difference.lines(alike)
        if any(self.drift):
            yield ""
            told = moved_text(len(self.drift), [(one, one) for one in self.drift])
            yield f"By the last layer, the windows of the second lie {told} of the first's, in pixels of the input."
        if self.later:
            yield ""
            yield "Agrees now, and will be trained differently:"
            for difference, *alike in _alike(self.later):
                yield from difference.lines(alike)
        if self.unpaired:
            yield ""
            yield "Without a partner in the other file:"
            yield from (f"  {one.place}: {printable(one.line, 200)}" for one in self.unpaired)
        yield ""
        yield HOW
        yield from self.notes

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as ``--json`` writes it."""
        return {
            "format": 1,
            "basis": "predicted",
            "same": self.same,
            "layers": len(self.pairs),
            "differ": [difference.to_json() for difference in self.differ],
            "later": [difference.to_json() for difference in self.later],
            "unpaired": [{"place": one.place, "line": one.line} for one in self.unpaired],
            "drift": list(map(float, self.drift)),
        }


def _alike(found: Sequence[Difference]) -> list[list[Difference]]:
    """Return differences in groups of those that are layers of one kind and differ in the same way."""
    groups: dict[tuple[Any, ...], list[Difference]] = {}
    for one in found:
        groups.setdefault((one.second.key, one.reason, one.sizes), []).append(one)
    return list(groups.values())


def entries(name: str, found: Sequence[Found], input: tuple[int, ...]) -> list[Entry]:
    """Return the layers of a file that can be compared, each with its input. Raise InputError as :func:`stack` does."""
    given = of_file(name, found)
    made = stacked(given, input)
    return list(_entries(given, made))


def of_file(name: str, found: Sequence[Found]) -> list[Given]:
    """Return the layers of a file as lines of a stack, each with its place."""
    return [Given(one.line, f"{printable(one.file) or name}:{one.number}", one.after, one.join) for one in found]


def _entries(given: Sequence[Given], made: Stack) -> Iterator[Entry]:
    for layer, reached in zip(given, made.reached, strict=True):
        if not layer.line:
            continue
        sizes, row = reached.given, made.rows[reached.row] if reached.own and reached.row is not None else None
        if row:
            alone = _described(row.line, sizes) if isinstance(row.reading, Asked) else None
            yield Entry(layer.place, row.line, sizes, _key(row), row, alone)
        elif one := _described(layer.line, sizes):
            yield Entry(layer.place, layer.line, sizes, (one.kind,), None, one)


def _described(line: str, sizes: tuple[int, ...]) -> Described | None:
    """Return the layer of a line; on the inputs that it states, where a reshape before it is not known."""
    try:
        return described(line, sizes)
    except InputError:
        inputs = inputs_of(line)
        if not inputs:
            raise
        return described(line, (inputs,))


def _key(row: Row) -> tuple[Any, ...]:
    return (row.reading.kind,) if isinstance(row.reading, Asked) else (row.reading.case.op, row.reading.case.kernel)


def _paired(first: Sequence[Entry], second: Sequence[Entry]) -> tuple[list[tuple[Entry, Entry]], list[Entry]]:
    """Return the pairs of two files, and the layers without a partner.

    Layers in the same place between two pairs are a pair as well, if there are as many on both sides.
    """
    pairs: list[tuple[Entry, Entry]] = []
    left: list[Entry] = []
    matcher = SequenceMatcher(None, [one.key for one in first], [one.key for one in second], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        alike = [one.key[0] for one in first[a:b]] == [one.key[0] for one in second[c:d]]
        if tag == "equal" or (tag == "replace" and alike):
            pairs += zip(first[a:b], second[c:d], strict=True)
        else:
            left += [one for one in (*first[a:b], *second[c:d]) if not _may_be_alone(one)]
    return pairs, left


def _may_be_alone(entry: Entry) -> bool:
    """Return whether the other file may do the same without a line for it.

    An activation may be an argument of the layer before it, and a global pool may flatten what it returns.
    """
    flattens = entry.described is not None and entry.described.settings.get("order") == "any"
    return entry.key == ("activation",) or flattens


def _compared(first: Entry, second: Entry) -> Compared:
    """Return the lines of two entries compared on the first's input.

    Branches that meet before them are not followed, so the channels are the second's where these do not fit. So are
    channels that a line has a name for.
    """
    try:
        found = compare(first.line, second.line, first.input)
    except InputError:
        assert second.row is not None
        assert isinstance(second.row.reading, Reading)
        channels = second.row.reading.case.in_channels
        found = compare(first.line, second.line, (channels, *first.input[1:]))
    one, other = found.first.reading.case, found.second.reading.case
    if found.other_kind and (one.op, one.kernel) == (other.op, other.kernel) and _named(first.line, second.line):
        case = replace(one, in_channels=other.in_channels, out_channels=other.out_channels, groups=other.groups)
        return Compared(replace(found.first, reading=replace(found.first.reading, case=case)), found.second)
    return found


def _named(*lines: str) -> bool:
    """Return whether a line has names for numbers, such as of channels, which are then not known."""
    calls = (ast.parse(line, mode="eval").body for line in lines)
    return any(
        isinstance(node, ast.Name)
        for call in calls
        for part in (*getattr(call, "args", ()), *getattr(call, "keywords", ()))
        for node in ast.walk(part)
    )


def _difference(first: Entry, second: Entry) -> Difference | None:
    """Return how the second layer of a pair differs by itself; None if it does not."""
    if first.row and second.row and not isinstance(first.row.reading, Asked):
        found = _compared(first, second)
        reason = found.reason or HEADINGS[found.verdict]
        return None if found.same else Difference(first, second, reason, found.sizes, found.write)
    if first.described and second.described:
        reason = first.described.against(second.described)
        write = written(first.line, first.input, reader(second.described.framework))
        later = all(name in LATER for name in first.described.differing(second.described))
        return Difference(first, second, reason, "", write, later) if reason else None
    return None
