"""The receptive fields of a stack: the elements that its middle output reads at every layer, for one or two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...cases.arithmetic import AXIS_NAMES
from ...cases.errors import InputError
from ...cases.text import count, printable, several
from ..preflight.growing import Row
from ..preflight.stack import Stack
from .figure import Figure
from .theme import DASHES, MARKERS, Theme, canvas, dress, legend, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 40  # layers
LABEL = 44  # characters of a layer's line


@dataclass(frozen=True)
class Named:
    """A stack and the name under which it is drawn."""

    name: str
    stack: Stack


@dataclass(frozen=True)
class Field:
    """The receptive field of a layer's middle output along one axis, in input elements counted from 1."""

    size: int
    centre: Fraction
    stride: Fraction

    @property
    def ends(self) -> tuple[float, float]:
        """The edges of its first and its last element."""
        half = Fraction(self.size, 2)
        return float(self.centre - half), float(self.centre + half)

    @property
    def text(self) -> str:
        """Its size, stride and centre."""
        return f"{self.size} by {_exact(self.stride)} at {_exact(self.centre)}"


def field(row: Row, axis: int) -> Field:
    """Return the receptive field of a row of a stack along an axis."""
    return Field(row.field[axis], row.centre[axis], row.stride[axis])


def receptive(stacks: Sequence[Named], dark: bool = False) -> Figure:
    """Return the figure of the receptive fields of one stack, or of two over each other, with a panel for each axis.

    Axes along which all fields are equal share a panel. Raise InputError for stacks with other numbers of layers.
    """
    _check(stacks)
    colours = theme(dark)
    shown = _axes(stacks)
    layers = len(stacks[0].stack.rows)
    height = len(shown) * (0.34 * layers * (1 + 0.3 * (len(stacks) - 1)) + 0.9) + 0.5 + 0.25 * len(stacks)
    figure = canvas(min(height, 30), colours)
    panels = figure.subplots(len(shown), 1, squeeze=False).ravel()
    for axes, (axis, name) in zip(panels, shown, strict=True):
        _panel(axes, stacks, axis, name, colours)
    legend(figure, colours, _key(stacks, colours), loc="outside lower left", ncols=2)
    return Figure(figure, "Receptive field of the middle output at every layer", alt(stacks))


def alt(stacks: Sequence[Named]) -> str:
    """Return what is seen: the first and the last receptive field of each stack, along each axis."""
    first = stacks[0].stack
    sizes = "x".join(map(str, first.input[-len(first.output) :]))
    told = [f"Bars of the input elements that the middle output reads after each of {count(len(first.rows), 'layer')}"]
    told[0] += f", on an input of {sizes}."
    for one in stacks:
        for axis, name in _axes(stacks):
            start, end = (field(one.stack.rows[i], axis) for i in (0, -1))
            told.append(f"{one.name}, {name}: {start.text} after the first layer, {end.text} after the last.")
    if len(stacks) == 2:
        for axis, name in _axes(stacks):
            ours, theirs = (field(one.stack.rows[-1], axis).centre for one in stacks)
            apart = f"{_exact(abs(theirs - ours))} elements apart" if ours != theirs else "the same"
            told.append(f"After the last layer, the two centres along the {name} are {apart}.")
    return " ".join(told) + " A field is told as its size by its stride at its centre, in input elements from 1."


def _check(stacks: Sequence[Named]) -> None:
    if not 1 <= len(stacks) <= 2:
        raise InputError([f"receptive fields of {count(len(stacks), 'stack')}; expected one, or two over each other"])
    lengths = {len(one.stack.rows) for one in stacks}
    if len(lengths) > 1 or len({len(one.stack.output) for one in stacks}) > 1:
        raise InputError(["the two stacks have different numbers of layers or axes; only two of the same can be drawn"])
    if max(lengths) > MOST:
        raise InputError([f"a stack of {max(lengths)} layers is too tall to draw; expected at most {MOST}"])


def _axes(stacks: Sequence[Named]) -> list[tuple[int, str]]:
    """Return the axes to draw with their names; those along which every field is the same are one."""
    names = AXIS_NAMES[len(stacks[0].stack.output)]
    alike: dict[tuple[Field, ...], list[int]] = {}
    for axis in range(len(names)):
        fields = tuple(field(row, axis) for one in stacks for row in one.stack.rows)
        alike.setdefault(fields, []).append(axis)
    return [(found[0], several([names[axis] for axis in found])) for found in alike.values()]


def _panel(axes: Axes, stacks: Sequence[Named], axis: int, name: str, colours: Theme) -> None:
    """Draw a bar for each layer and stack, with its centre, and its numbers beside it."""
    dress(axes, colours)
    thick = 0.62 / len(stacks)
    most = max(field(row, axis).ends[1] for one in stacks for row in one.stack.rows)
    for number, one in enumerate(stacks):
        for layer, row in enumerate(one.stack.rows):
            found = field(row, axis)
            middle = layer + (number - (len(stacks) - 1) / 2) * thick
            left, right = found.ends
            axes.barh(middle, right - left, thick * 0.86, left=left, **_look(number, colours))
            axes.plot(float(found.centre), middle, MARKERS[number], color=colours.ink, markersize=4)
            axes.text(right + most * 0.008, middle, found.text, va="center", fontsize=8, color=colours.ink)
    size = stacks[0].stack.input[-len(stacks[0].stack.output) :][axis]
    for edge in (0.5, size + 0.5):
        axes.axvline(edge, color=colours.muted, linewidth=1, linestyle=(0, (1, 2)), zorder=0)
    lines = [f"{i}  {printable(row.line, LABEL)}" for i, row in enumerate(stacks[0].stack.rows, 1)]
    axes.set_yticks(range(len(lines)), lines, fontsize=8)
    axes.set_ylim(len(lines) - 0.45, -0.55)
    axes.set_xlabel(f"input element along the {name}, from 1", color=colours.ink)
    axes.margins(x=0.16)


def _key(stacks: Sequence[Named], colours: Theme) -> list[object]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    key: list[object] = []
    for number, one in enumerate(stacks):
        key.append(Patch(label=one.name, **_look(number, colours)))
    dots: dict[str, Any] = {"color": colours.ink, "linestyle": "none", "markersize": 4}
    key.append(Line2D([], [], marker="o", label="centre; beside it: size by stride at centre", **dots))
    key.append(Line2D([], [], color=colours.muted, linestyle=(0, (1, 2)), label="edges of the input"))
    return key


def _look(number: int, colours: Theme) -> dict[str, Any]:
    """Return the look of a stack's bars: the first is filled, the second an outline."""
    colour = colours.series[number]
    face = (colour, 0.0 if number else 0.45)
    return {"facecolor": face, "edgecolor": colour, "linestyle": DASHES[number], "linewidth": 1.3}


def _exact(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else f"{float(number):g}"
