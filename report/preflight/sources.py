"""Two source files compared layer by layer, as their code applies them. They are parsed and never run.

Each layer of the second is compared on the input of the layer of the first that it is paired with, so that one mistake
is told once. Layers are paired in order, by their kind and kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from functools import cached_property
from typing import Any

from ...adapters.registry import reader
from ...cases.text import count, printable
from ..findings.compared import HEADINGS, compare
from .no_window.others import Asked
from .no_window.settings import LATER, Described, described, written
from .source import Found
from .stack import Row, Stack, drift_between, stack
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

    def lines(self) -> Iterator[str]:
        """Yield the difference as lines of text."""
        yield f"  {self.second.place}: {printable(self.second.line, 200)}"
        yield f"    is not {self.first.place}: {printable(self.first.line, 200)}"
        yield f"    It {self.reason}.{f' It {self.sizes}.' if self.sizes else ''}"
        yield f"    write: {self.write}" if self.write else "    No line is known that does the same."

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

    def __init__(self, first: Sequence[Entry], second: Sequence[Entry]) -> None:
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
        for difference in self.differ:
            yield ""
            yield from difference.lines()
        if any(self.drift):
            yield ""
            told = moved_text(len(self.drift), [(one, one) for one in self.drift])
            yield f"By the last layer, the windows of the second lie {told} of the first's, in pixels of the input."
        if self.later:
            yield ""
            yield "Agrees now, and will be trained differently:"
            for difference in self.later:
                yield from difference.lines()
        if self.unpaired:
            yield ""
            yield "Without a partner in the other file:"
            yield from (f"  {one.place}: {printable(one.line, 200)}" for one in self.unpaired)

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


def entries(name: str, found: Sequence[Found], input: tuple[int, ...]) -> list[Entry]:
    """Return the layers of a file that can be compared, each with its input. Raise InputError as :func:`stack` does."""
    places = [f"{name}:{one.number}" for one in found]
    made = stack([one.line for one in found], input, places)
    return list(_entries(found, places, made, input))


def _entries(found: Sequence[Found], places: Sequence[str], made: Stack, input: tuple[int, ...]) -> Iterator[Entry]:
    rows, sizes = iter(made.rows), input
    row = next(rows, None)
    for layer, place in zip(found, places, strict=True):
        if row and row.line == layer.line:
            alone = described(layer.line, sizes) if isinstance(row.reading, Asked) else None
            yield Entry(place, layer.line, sizes, _key(row), row, alone)
            sizes = (row.channels, *row.output)
            row = next(rows, None)
        elif one := described(layer.line, sizes):
            yield Entry(place, layer.line, sizes, (one.kind,), None, one)


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
        else:  # an activation may be an argument of the layer before it on the other side
            left += [one for one in (*first[a:b], *second[c:d]) if one.key != ("activation",)]
    return pairs, left


def _difference(first: Entry, second: Entry) -> Difference | None:
    """Return how the second layer of a pair differs by itself; None if it does not."""
    if first.row and second.row and not isinstance(first.row.reading, Asked):
        found = compare(first.line, second.line, first.input)
        reason = found.reason or HEADINGS[found.verdict]
        return None if found.same else Difference(first, second, reason, found.sizes, found.write)
    if first.described and second.described:
        reason = first.described.against(second.described)
        write = written(first.line, first.input, reader(second.described.framework))
        later = all(name in LATER for name in first.described.differing(second.described))
        return Difference(first, second, reason, "", write, later) if reason else None
    return None
