"""A stack of layers, one after the other: sizes, receptive fields, and how far the lines that people write drift.

Nothing is run. The receptive field of an output is worked out backwards, as the interval of input elements between the
first and the last one that it reads. Source: A. Araujo, W. Norris and J. Sim, "Computing Receptive Fields of
Convolutional Neural Networks", Distill 2019.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from ...adapters.expression import Reading, read
from ...adapters.layers import LEFT, WINDOWLESS
from ...adapters.models.kinds import TRANSPOSED
from ...adapters.reading.literals import dotted
from ...adapters.registry import title
from ...cases.arithmetic import AXIS_NAMES, Invalid, axes
from ...cases.case import Case
from ...cases.errors import InputError
from ...cases.operations.adaptive import AdaptiveAxis, window
from ...cases.operations.axis import Axis
from ...cases.text import printable, several, shape_text
from ..findings.predicted import Predicted, predictions
from ..findings.to_write import to_write
from ..frame import frame
from .movement import Movement, of_axis
from .no_window.answers import windowless
from .no_window.others import Asked, spelled
from .sized import sized
from .told import moved_text

MOST_LAYERS = 2000
COUNTS = ("in_channels", "out_channels")
COLUMNS = ("layer", "line", "axis", "output", "field", "stride", "centre")
Spans = tuple[tuple[int, int], ...]  # for each axis, the first and the last place that is read


@dataclass(frozen=True)
class Row:
    """A layer of a stack: its line, what was read of it, and its axes.

    Padding by itself is a kernel of one element, and a resize by a factor a transposed convolution.

    ``field`` are the sizes of the receptive field of its middle output, and ``centre`` is the middle of that field.
    ``stride`` is the step from one output to the next. All are in elements of the stack's input, counted from 1.
    ``after`` is the number of the row whose output it reads, from 0; None where that is the stack's input.
    """

    line: str
    reading: Reading | Asked
    axes: tuple[Axis, ...]
    field: tuple[int, ...]
    centre: tuple[Fraction, ...]
    stride: tuple[Fraction, ...]
    after: int | None = None

    @property
    def output(self) -> tuple[int, ...]:
        """The spatial sizes of the output."""
        return tuple(axis.output for axis in self.axes)

    @property
    def open_channels(self) -> list[ast.expr]:
        """The numbers of channels in the line that are names or sums of names."""
        layer = self.reading.layer if isinstance(self.reading, Reading) else None
        return [node for name, node in layer.named.items() if name in COUNTS] if layer else []

    @property
    def channels(self) -> int:
        """The number of channels of the output."""
        return self.reading.sizes[0] if isinstance(self.reading, Asked) else self.reading.case.out_channels


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
class Given:
    """A line of a stack: where it stands, and the numbers of the lines whose output it reads, -1 for the input.

    Without a line, several outputs are made one: beside each other along the ``channels``, or added, where the
    ``largest`` gives the sizes.
    """

    line: str
    place: str
    after: tuple[int, ...]
    join: str = ""


@dataclass(frozen=True)
class Reached:
    """What a line was given and gives: sizes (C, *spatial), and the number of the last row on the way, if any.

    ``own`` says whether that row is the line's.
    """

    given: tuple[int, ...]
    sizes: tuple[int, ...]
    row: int | None
    own: bool = False


class Stack:
    """Layers that were read from lines, each on the output of the one before or of the one that a file gives it."""

    def __init__(
        self,
        rows: Sequence[Row],
        input: tuple[int, ...],
        left_out: Sequence[str] = (),
        reached: Sequence[Reached] = (),
        unknown: Sequence[str] = (),
    ) -> None:
        """``left_out`` are the lines that slide no window and change no size. ``reached`` has all lines in order.

        ``unknown`` are paddings and resizes whose settings are not known, which are taken to change nothing.
        """
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
            moved.append((_after(ours, row.axes, own), _after(theirs, row.axes, befores)))
            drift = tuple(port.start - own.start for own, port in zip(*moved[-1], strict=True))
            found.append(Ported(row, line, written, reason, drift))
        return found

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
        if self.left_out:
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
            yield from _told(title(adapter), self.ported(adapter))

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
    windows = (i for i, one in enumerate(given) if one.line and not _moves_nothing(one.line, WINDOWLESS))
    growing = Growing(input, branches, max(windows, default=len(given)))
    for one in given:
        growing.add(one)
    if not growing.rows:
        raise InputError(["a stack without a convolution or pool; give at least one line, such as nn.Conv2d(3, 64, 7)"])
    return Stack(growing.rows, input, growing.left_out, growing.reached, growing.unknown)


class Growing:
    """A stack to which one line after the other is added. The line of the number ``last`` is the last with a window."""

    def __init__(self, input: tuple[int, ...], branches: bool = True, last: int = MOST_LAYERS) -> None:
        self.input, self.branches, self.last = input, branches, last
        self.rows: list[Row] = []
        self.reached: list[Reached] = []
        self.left_out: list[str] = []
        self.unknown: list[str] = []

    def add(self, one: Given) -> None:
        """Add a line. Raise InputError, with its place, if it cannot be read or has no output."""
        start = Reached(self.input, self.input, None)
        before = _joined([start if number < 0 else self.reached[number] for number in one.after], one.join, self.rows)
        if not one.line:
            self.reached.append(before)
            return
        late = len(self.reached) > self.last
        more = WINDOWLESS if self.branches or late else frozenset()
        sizes = before.sizes
        one = replace(one, line=sized(one.line, sizes))
        alone, known = (None, True) if _moves_nothing(one.line) or late else _alone(one, sizes, self.branches)
        if alone:
            reading: Reading | Asked = alone[0]
            own = alone[1]
            sizes = (*sizes[: -len(own)], *(axis.output for axis in own))
        elif not known or _moves_nothing(one.line, more) or _resizes(one.line, sizes):
            (self.left_out if known else self.unknown).append(one.line)
            self.reached.append(Reached(sizes, _resized(one.line, sizes), before.row))
            return
        else:
            reading, own = answered = _answered(one, sizes, self.branches)
            sizes = (*self.input[: -1 - len(own)], answered[0].case.out_channels, *(axis.output for axis in own))
        self.rows.append(_row(self.rows, one.line, reading, own, before.row))
        self.reached.append(Reached(before.sizes, sizes, len(self.rows) - 1, own=True))


def _alone(one: Given, sizes: tuple[int, ...], branches: bool) -> tuple[tuple[Asked, tuple[Axis, ...]] | None, bool]:
    """Return the padding or the resize that a line is by itself, if it is one, and whether its settings are known.

    Raise InputError where they are not, as in pads to the size of another tensor, unless there are ``branches``.
    """
    if branches and re.match(r"(\w+\.)*pad\(", one.line):
        return None, False
    try:
        return _by_itself(one.line, sizes), True
    except InputError as error:
        if not branches:
            raise InputError([f"{one.place}: {error.problems[0]}", *error.problems[1:]]) from None
        return None, False


def _joined(parts: Sequence[Reached], join: str, rows: Sequence[Row]) -> Reached:
    """Return several outputs made one; the receptive field is that of the part that has the largest."""
    if len(parts) == 1:
        return Reached(parts[0].sizes, parts[0].sizes, parts[0].row)
    widest = max(parts, key=lambda part: (len(part.sizes), math.prod(part.sizes[1:])))
    ways = [part.row for part in parts if part.row is not None and part.sizes[1:] == widest.sizes[1:]]
    row = max(ways, key=lambda number: math.prod(rows[number].field), default=widest.row)
    sizes = widest.sizes
    if join == "channels" and len(sizes) > 1:
        at = 1 if len(sizes) > 3 and all(len(part.sizes) == len(sizes) for part in parts) and sizes[0] == 1 else 0
        sizes = (*sizes[:at], sum(part.sizes[at] for part in parts if len(part.sizes) > at), *sizes[at + 1 :])
    return Reached(sizes, sizes, row)


def _resized(line: str, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sizes after a layer that slides no window: those of a resize to given sizes, else the same."""
    with suppress(InputError):
        asked = windowless(line, sizes)
        if asked and asked.kind == "resize" and isinstance(wanted := asked.settings.get("size"), tuple):
            return (*sizes[: -len(wanted)], *wanted)
    return sizes


def _resizes(line: str, sizes: tuple[int, ...]) -> bool:
    """Return whether a line is a resize to some sizes."""
    with suppress(InputError):
        asked = windowless(line, sizes)
        return asked is not None and asked.kind == "resize"
    return False


def _answered(one: Given, sizes: tuple[int, ...], branches: bool) -> tuple[Reading, tuple[Axis, ...]]:
    """Return what a line was read as, and its axes. Raise InputError, with its place, if it has no output."""
    try:
        reading = _read(one.line, sizes, branches)
    except InputError as error:
        raise InputError([f"{one.place}: {error.problems[0]}", *error.problems[1:]]) from None
    found = axes(reading.case)
    if reading.refusal or isinstance(found, Invalid):
        why = reading.refusal or (found.reason if isinstance(found, Invalid) else "")
        raise InputError([f"{one.place}: {printable(one.line, 100)} has no output on {_x(sizes)}: {why}"])
    return reading, found


def _x(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))


def _read(line: str, sizes: tuple[int, ...], branches: bool) -> Reading:
    """Return the layer of a line. With ``branches``, it may have other channels than the line before it has."""
    try:
        return read(line, sizes)
    except InputError:
        if not branches or len(sizes) < 2:
            raise
        with suppress(InputError):
            return read(line, sizes[1:] if len(sizes) < 4 else sizes[-2:])
        raise


def _moves_nothing(line: str, more: Set[str] = frozenset()) -> bool:
    """Return whether a line is a normalisation, an activation or dropout alone, or a layer of ``more``."""
    try:
        value = ast.parse(line.strip(), mode="exec").body[0]
    except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError):
        return False
    call = getattr(value, "value", None)
    while isinstance(call, ast.Call) and isinstance(call.func, ast.Call):
        call = call.func
    return isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] in LEFT | more


def _by_itself(line: str, sizes: tuple[int, ...]) -> tuple[Asked, tuple[Axis, ...]] | None:
    """Return the padding, the cropping or the resize by a factor that a line is, with axes; None for any other line."""
    asked = windowless(line, sizes)
    if (
        asked is None
        or asked.kind not in ("pad", "resize")
        or (asked.kind == "resize" and "factor" not in asked.settings)
    ):
        return None
    ones = (1,) * (len(asked.sizes) - 1)
    if asked.kind == "pad":
        case = Case(asked.sizes[1:], ones, ones, asked.settings["pads"], ones, "conv")
    else:  # the transposed convolution that reads the same elements; a linear one spans two of them
        factor = asked.settings["factor"]
        wide = asked.settings["mode"] != "nearest"
        kernel = tuple(2 * f - f % 2 if wide else f for f in factor)
        crops = tuple((f // 2, f // 2) if wide else (0, 0) for f in factor)
        case = Case(asked.sizes[1:], kernel, factor, crops, ones, TRANSPOSED)
    found = axes(case)
    return None if isinstance(found, Invalid) else (asked, found)


def _row(rows: Sequence[Row], line: str, reading: Reading | Asked, own: tuple[Axis, ...], after: int | None) -> Row:
    """Return the row of a layer on the output of another, with the receptive field of its middle output."""
    below = [own]
    number = after
    while number is not None:
        below.append(rows[number].axes)
        number = rows[number].after
    below = [along for along in reversed(below) if len(along) == len(own)]
    spans = _span(below, tuple((axis.output - 1) // 2 for axis in own))
    field = tuple(last - first + 1 for first, last in spans)
    centre = tuple(Fraction(first + last, 2) + 1 for first, last in spans)
    return Row(line, reading, own, field, centre, _strides(below), after)


def _strides(below: Sequence[tuple[Axis, ...]]) -> tuple[Fraction, ...]:
    """Return the step from one output to the next along each axis, in input elements: the product of the strides."""
    return tuple(math.prod((_step(axis) for axis in along), start=Fraction(1)) for along in zip(*below, strict=True))


def _step(axis: Axis) -> Fraction:
    if isinstance(axis, AdaptiveAxis):
        return Fraction(axis.n, axis.output)
    return Fraction(1, axis.stride) if axis.adjoint else Fraction(axis.stride)


def _span(below: Sequence[tuple[Axis, ...]], output: tuple[int, ...]) -> Spans:
    """Return the first and the last element of the input that an output reads, padding included, along each axis."""
    spans = [(place, place) for place in output]
    for layer in reversed(below):
        spans = [_before(axis, *span) for axis, span in zip(layer, spans, strict=True)]
    return tuple(spans)


def _before(axis: Axis, first: int, last: int) -> tuple[int, int]:
    """Return the first and the last place of an axis' input that a range of its outputs reads."""
    before = axis.pads[0]
    if isinstance(axis, AdaptiveAxis):
        return window(axis.n, axis.output, first)[0], window(axis.n, axis.output, last)[1] - 1
    if not axis.adjoint:
        return first * axis.stride - before, last * axis.stride - before + axis.effective - 1
    return -((axis.effective - 1 - first - before) // axis.stride), (last + before) // axis.stride


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


def _told(framework: str, ports: Sequence[Ported]) -> Iterator[str]:
    """Yield the line to write for each row in one framework, and the drift of the lines that people write."""
    yield f"In {framework}, write (predicted; nothing was run):"
    yield ""
    width = len(str(len(ports)))
    for number, one in enumerate(ports, 1):
        yield f"  {str(number).rjust(width)}  {one.line or f'no line is known: {printable(one.reason, 300)}'}"
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
