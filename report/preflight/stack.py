"""A stack of layers, one after the other: sizes, receptive fields, and how far the lines that people write drift.

Nothing is run. The receptive field of an output is worked out backwards, as the interval of input elements between the
first and the last one that it reads. Source: A. Araujo, W. Norris and J. Sim, "Computing Receptive Fields of
Convolutional Neural Networks", Distill 2019.
"""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from ...adapters.layers import WINDOWLESS
from ...adapters.registry import title
from ...cases.arithmetic import AXIS_NAMES
from ...cases.errors import InputError
from ...cases.operations.axis import Axis
from ...cases.text import printable, several, shape_text
from ..findings.predicted import Predicted, predictions
from ..findings.to_write import to_write
from ..frame import frame
from .beside import beside
from .growing import MOST_LAYERS, Given, Growing, Reached, Row, moves_nothing
from .movement import Movement, of_axis
from .no_window.others import Asked, spelled
from .told import moved_text

COLUMNS = ("layer", "line", "axis", "output", "field", "stride", "centre")


@dataclass(frozen=True)
class Ported:
    """The line to write for a row in another framework, and the drift of the line that people write there.

    ``line`` is empty where none is known; ``written`` is the line that people write, where it is another layer.
    ``drift`` are the input elements by which its outputs lie later, with all rows before it written in that way too.
    """

    row: Row
    line: str
    written: str
    reason: str
    drift: tuple[Fraction, ...]


@dataclass(frozen=True)
class Beside:
    """A layer that slides no window: how many rows are before it, its line, and the lines to write if any are known."""

    rows: int
    line: str
    write: tuple[str, ...]


class Stack:
    """Layers that were read from lines, each on the output of the one before or of the one that a file gives it."""

    def __init__(
        self,
        rows: Sequence[Row],
        input: tuple[int, ...],
        left_out: Sequence[str] = (),
        reached: Sequence[Reached] = (),
        unknown: Sequence[str] = (),
        given: Sequence[Given] = (),
    ) -> None:
        """``left_out`` are the lines that slide no window and change no size. ``reached`` has all lines in order.

        ``unknown`` are paddings and resizes whose settings are not known, which are taken to change nothing. ``given``
        are all lines.
        """
        self.given = tuple(given)
        self.rows, self.input, self.left_out, self.reached = tuple(rows), input, tuple(left_out), tuple(reached)
        self.unknown = tuple(unknown)

    @property
    def output(self) -> tuple[int, ...]:
        """The spatial sizes of the last output."""
        return self.rows[-1].output

    @cached_property
    def gone(self) -> Fraction:
        """The share of the elements that the output has fewer than the input; negative where it has more."""
        return 1 - Fraction(math.prod(self.output), math.prod(self.input[-len(self.output) :]))

    def ported(self, adapter: str) -> list[Ported]:
        """Return the line to write for each row in an adapter's framework, and the drift of people's lines there."""
        found: list[Ported] = []
        moved: list[tuple[tuple[Movement, ...], tuple[Movement, ...]]] = []
        for row in self.rows:
            line, written, reason, befores = _ported(row, adapter)
            own = [axis.pads[0] for axis in row.axes]
            start = (Movement(),) * len(row.axes)
            ours, theirs = (start, start) if row.after is None else moved[row.after]
            if len(ours) != len(start):  # after a reshape to other axes
                ours, theirs = start, start
            moved.append((_after(ours, row.axes, own), _after(theirs, row.axes, befores)))
            drift = tuple(port.start - own.start for own, port in zip(*moved[-1], strict=True))
            found.append(Ported(row, line, written, reason, drift))
        return found

    def beside(self, adapter: str) -> list[Beside]:
        """Return the layers that slide no window, with the lines to write for them in an adapter's framework."""
        found, rows = [], 0
        batch = max(len(self.input) - len(self.rows[0].axes) - 1, 0)  # the number of sizes before the channels
        for one, reached in zip(self.given, self.reached, strict=True):
            rows += reached.own
            if one.line and not reached.own:
                found.append(Beside(rows, one.line, tuple(beside(one.line, reached.given[batch:], adapter))))
        return found

    def _beside(self, adapters: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the line of each layer without a window, how many rows are before it, and its lines in each adapter."""
        found = [self.beside(adapter) for adapter in adapters]
        for layers in zip(*found, strict=True):
            yield layers[0].line, layers[0].rows, *(list(one.write) for one in layers)

    def written(self, adapter: str) -> Stack:
        """Return the stack of the lines that people write for each row in an adapter's framework.

        Raise InputError if no line is known for a row, or the lines do not fit each other.
        """
        lines = []
        for number, one in enumerate(self.ported(adapter), 1):
            if not (line := one.written or one.line):
                raise InputError([f"{title(adapter)} has no line for layer {number}: {printable(one.reason, 300)}"])
            lines.append(line)
        return stack(lines, self.input)

    def lines(self, adapters: Sequence[str] = ()) -> Iterator[str]:
        """Yield the stack as text, and what to write in the frameworks of adapters."""
        table: list[tuple[str, ...]] = [("", "layer", "output", "receptive field", "stride", "centre")]
        for number, row in enumerate(self.rows, 1):
            cells = (shape_text(row.output), shape_text(row.field), _exact(row.stride), _exact(row.centre))
            table.append((str(number), printable(row.line, 100), *cells))
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for line in table:
            yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        yield ""
        sizes = self.input[-len(self.output) :]
        thinned = any(step != 1 for step in self.rows[-1].stride)
        share = "" if thinned or self.gone <= 0 else f": {float(self.gone):.1%} of the elements are gone"
        yield f"{shape_text(sizes)} becomes {shape_text(self.output)}{share}."
        yield "The receptive field, its centre and the stride are those of the middle output, in input elements from 1."
        if self.left_out and not adapters:
            times = Counter(self.left_out)
            lines = several([f"{printable(line, 100)}{f' ({n} times)' if n > 1 else ''}" for line, n in times.items()])
            yield f"Left out, as they slide no window: {lines}. `convparity explain` says how to write each elsewhere."
        if self.open_channels:
            names = several([printable(name, 100) for name in self.open_channels])
            yield f"Numbers of channels that are not known without running the code are taken as 1: {names}."
        if self.unknown:
            lines = several([printable(line, 100) for line in dict.fromkeys(self.unknown)])
            yield f"Taken to change nothing, as their settings are not known without running the code: {lines}."
        for adapter in adapters:
            yield ""
            yield from _told(title(adapter), self.ported(adapter), self.beside(adapter))

    def __str__(self) -> str:
        return "\n".join(self.lines())

    @cached_property
    def open_channels(self) -> list[str]:
        """The names and sums that stand for numbers of channels in the lines, as they are written."""
        return list(dict.fromkeys(ast.unparse(node) for row in self.rows for node in row.open_channels))

    def to_frame(self) -> Any:
        """Return a row for each layer and axis as a data frame, with the columns that ``docs/frames.md`` documents.

        Raise HarnessFault if neither pandas nor polars is installed.
        """
        names = AXIS_NAMES[len(self.output)]
        cells = [
            (number, row.line, name, row.output[i], row.field[i], float(row.stride[i]), float(row.centre[i]))
            for number, row in enumerate(self.rows, 1)
            for i, name in enumerate(names)
        ]
        return frame(COLUMNS, cells)

    def to_json(self, adapters: Sequence[str] = ()) -> dict[str, Any]:
        """Return the stack as ``--json`` writes it."""
        rows = [
            {
                "line": row.line,
                "output": list(row.output),
                "field": list(row.field),
                "stride": list(map(float, row.stride)),
                "centre": list(map(float, row.centre)),
            }
            for row in self.rows
        ]
        ports = {
            adapter: [
                {"write": one.line or None, "not": one.written or None, "drift": list(map(float, one.drift))}
                for one in self.ported(adapter)
            ]
            for adapter in adapters
        }
        return {
            "format": 1,
            "input": list(self.input),
            "left_out": list(self.left_out),
            "unknown": list(self.unknown),
            "gone": float(self.gone),
            "layers": rows,
            "ports": ports,
            "beside": [
                {"line": line, "rows": before, "write": dict(zip(adapters, written, strict=True))}
                for line, before, *written in self._beside(adapters)
            ],
        }


def stack(lines: Sequence[str], input: tuple[int, ...], places: Sequence[str] = ()) -> Stack:
    """Return the layers of some lines of source as a stack, of which each has the output of the one before as input.

    ``input`` is (*spatial), (C, *spatial) or (N, C, *spatial). Normalisations, activations and dropout by themselves
    change no size and are left out; so are dense layers and the like at the end, after the last layer with a window.
    Raise InputError for a line that cannot be read or has no output, with its place: its number, or that in ``places``.
    """
    named = places or [f"line {number}" for number in range(1, len(lines) + 1)]
    given = [Given(line, place, (i - 1,)) for i, (line, place) in enumerate(zip(lines, named, strict=True))]
    return stacked(given, input, branches=bool(places))


def stacked(given: Sequence[Given], input: tuple[int, ...], branches: bool = True) -> Stack:
    """Return the stack of some lines, each on the outputs that it is given. Raise InputError as :func:`stack` does.

    With ``branches``, a line may have other channels than it is given, and dense layers are left out wherever they are.
    """
    if len(given) > MOST_LAYERS:
        raise InputError([f"a stack of {len(given)} layers; expected at most {MOST_LAYERS}"])
    windows = (i for i, one in enumerate(given) if one.line and not moves_nothing(one.line, WINDOWLESS))
    growing = Growing(input, branches, max(windows, default=len(given)))
    for one in given:
        growing.add(one)
    if not growing.rows:
        raise InputError(["a stack without a convolution or pool; give at least one line, such as nn.Conv2d(3, 64, 7)"])
    return Stack(growing.rows, input, growing.left_out, growing.reached, growing.unknown, given)


def _ported(row: Row, adapter: str) -> tuple[str, str, str, tuple[int, ...]]:
    """Return the line to write for a row, the one that people write if it is another layer, why, and its pads before.

    Padding is written alike everywhere.
    """
    if isinstance(row.reading, Asked):
        return spelled(row.reading, adapter), "", "", tuple(axis.pads[0] for axis in row.axes)
    (predicted,) = predictions(row.reading.case, row.reading.dressing, [adapter])
    written = predicted.written if predicted.verdict not in ("agrees", "") else ""
    line = getattr(to_write(row.reading, adapter), "source", "")
    return line, written, predicted.reason if written else "", _befores(row, predicted)


def _after(moves: Sequence[Movement], along: Sequence[Axis], befores: Sequence[int]) -> tuple[Movement, ...]:
    """Return how places have moved along each axis after a layer with these pads, from how they had moved before it."""
    return tuple(of_axis(axis, pad).after(one) for axis, pad, one in zip(along, befores, moves, strict=True))


def drift_between(pairs: Sequence[tuple[Row, Row]]) -> tuple[Fraction, ...]:
    """Return the input elements by which the last of the second rows lies later than that of the first, per axis."""
    rank = len(pairs[0][0].axes)
    ours: tuple[Movement, ...] = (Movement(),) * rank
    theirs = ours
    for one, other in pairs:
        if len(one.axes) == len(other.axes) == rank:
            ours = _after(ours, one.axes, [axis.pads[0] for axis in one.axes])
            theirs = _after(theirs, one.axes, [axis.pads[0] for axis in other.axes])
    return tuple(port.start - own.start for port, own in zip(theirs, ours, strict=True))


def _befores(row: Row, predicted: Predicted) -> tuple[int, ...]:
    """Return the pads (or crops) before each axis of the line that people write; the row's own if none is known."""
    other = {axis.name: axis.pads[0] for axis in predicted.comparison.axes} if predicted.comparison else {}
    names = AXIS_NAMES[len(row.axes)]
    return tuple(other.get(name, axis.pads[0]) for name, axis in zip(names, row.axes, strict=True))


def _exact(numbers: Sequence[Fraction]) -> str:
    texts = [str(one) if one.denominator == 1 else f"{float(one):g}" for one in numbers]
    return texts[0] if len(set(texts)) == 1 else f"({','.join(texts)})"


def _told(framework: str, ports: Sequence[Ported], beside: Sequence[Beside]) -> Iterator[str]:
    """Yield the lines to write in one framework, in order, and the drift of the lines that people write."""
    yield f"In {framework}, write (predicted; nothing was run):"
    yield ""
    width = len(str(len(ports)))
    for number, one in enumerate(ports, 1):
        yield from (f"  {' ' * width}  {line}" for other in beside if other.rows == number - 1 for line in other.write)
        yield f"  {str(number).rjust(width)}  {one.line or f'no line is known: {printable(one.reason, 300)}'}"
    yield from (f"  {' ' * width}  {line}" for other in beside if other.rows == len(ports) for line in other.write)
    if without := Counter(other.line for other in beside if not other.write):
        told = several([f"{printable(line, 100)}{f' ({n} times)' if n > 1 else ''}" for line, n in without.items()])
        yield ""
        yield f"No line is known for {told}."
    others = [(number, one) for number, one in enumerate(ports, 1) if one.written]
    if not others:
        return
    yield ""
    yield "The lines that people write there are other layers:"
    for number, one in others:
        yield f"  {str(number).rjust(width)}  {one.written}"
        yield f"  {' ' * width}  {one.reason}"
    if text := moved_text(len(ports[-1].drift), [(one, one) for one in ports[-1].drift]):
        yield f"With them, the windows have drifted {text} by the last layer."
