"""Layers in a row or a graph, one added after the other: what each reads, its output and its receptive field."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from ...adapters.expression import Reading, read
from ...adapters.layers import LEFT, WINDOWLESS
from ...adapters.models.kinds import TRANSPOSED
from ...adapters.reading.literals import dotted
from ...adapters.rearranged import PERMUTE, RESHAPE, image, moved
from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
from ...cases.errors import InputError
from ...cases.operations.adaptive import AdaptiveAxis, window
from ...cases.operations.axis import Axis
from ...cases.text import printable
from .no_window.answers import windowless
from .no_window.others import Asked
from .program.outside import is_activation
from .reshaping import reshaped
from .sized import sized

MOST_LAYERS = 2000
COUNTS = ("in_channels", "out_channels")
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


class Growing:
    """A stack to which one line after the other is added. The line of the number ``last`` is the last with a window."""

    def __init__(self, input: tuple[int, ...], branches: bool = True, last: int = MOST_LAYERS) -> None:
        self.input, self.branches, self.last = input, branches, last
        self.rows: list[Row] = []
        self.reached: list[Reached] = []
        self.left_out: list[str] = []
        self.unknown: list[str] = []

    @property
    def batch(self) -> int:
        """The number of sizes before the channels: one if the input has a batch, which the first layer tells."""
        return max(len(self.input) - len(self.rows[0].axes) - 1, 0) if self.rows else 0

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
        alone, known = (None, True) if moves_nothing(one.line) or late else _alone(one, sizes, self.branches)
        if alone:
            reading: Reading | Asked = alone[0]
            own = alone[1]
            sizes = (*sizes[: -len(own)], *(axis.output for axis in own))
        elif not known or moves_nothing(one.line, more) or _known(one.line, sizes):
            (self.left_out if known else self.unknown).append(one.line)
            after = (*sizes[: self.batch], *_resized(one.line, sizes[self.batch :]))
            self.reached.append(Reached(sizes, after, before.row))
            return
        else:
            reading, own = answered = _answered(one, sizes, self.branches)
            sizes = (*sizes[: -1 - len(own)], answered[0].case.out_channels, *(axis.output for axis in own))
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
    """Return the sizes after a layer that slides no window: a resize to given sizes, a flattening, a reshape."""
    with suppress(InputError):
        asked = windowless(line, sizes)
        if asked is None:
            return sizes
        around = sizes[: -len(asked.sizes)]
        if asked.kind == "resize" and isinstance(wanted := asked.settings.get("size"), tuple):
            return (*sizes[: -len(wanted)], *wanted)
        if asked.kind == "flatten":
            return (*around, math.prod(asked.sizes))
        if asked.kind == "dense":
            return (*around, asked.settings["outputs"], *asked.sizes[1:])
        if asked.kind == RESHAPE:
            return (*around, *image(asked.settings))
        if asked.kind == PERMUTE:
            return (*around, *moved(asked.settings, asked.sizes))
        return sizes
    shape = reshaped(line, sizes)  # of sizes that do not fit, where not all of a file is known
    return (shape[-1], *shape[:-1]) if shape else sizes


def _known(line: str, sizes: tuple[int, ...]) -> bool:
    """Return whether a line is a layer without a window whose output sizes follow from those of its input."""
    with suppress(InputError):
        asked = windowless(line, sizes)
        dense_on_image = asked is not None and asked.kind == "dense" and len(asked.sizes) > 1
        return asked is not None and asked.kind != "concat" and not dense_on_image
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


def moves_nothing(line: str, more: Set[str] = frozenset()) -> bool:
    """Return whether a line is a normalisation, an activation or dropout alone, or a layer of ``more``."""
    try:
        value = ast.parse(line.strip(), mode="exec").body[0]
    except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError):
        return False
    call = getattr(value, "value", None)
    while isinstance(call, ast.Call) and isinstance(call.func, ast.Call):
        call = call.func
    name = dotted(call.func) if isinstance(call, ast.Call) else ""
    return name.rpartition(".")[2] in LEFT | more or is_activation(name)


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
