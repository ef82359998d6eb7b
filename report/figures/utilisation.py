"""How often each element of the input is read: the chapter's first figure, for any layer."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...cases.errors import InputError
from ...cases.text import count, printable
from .figure import Figure
from .reads import Side
from .theme import WIDTH, Theme, bare, canvas, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACROSS = 3  # panels side by side
MOST = 12  # panels
NUMBERED = 16  # elements of an axis up to which each has its number
BRIGHT = 0.47  # share of the largest count from which the scale is so light that numbers on it are black
HEADING = 36  # characters of a line of a panel's heading

Counts = list[list[int]]  # rows of columns


def counts(side: Side) -> Counts:
    """Return how often each element is read, as rows and columns; one row for an input with one axis.

    An input with three axes is shown at the middle of its depth.
    """
    *outer, columns = [one.counts() for one in side.along]
    rows = outer[-1] if outer else [1]
    depth = outer[0][len(outer[0]) // 2] if len(outer) > 1 else 1
    return [[depth * down * across for across in columns] for down in rows]


def utilisation(sides: Sequence[Side], dark: bool = False) -> Figure:
    """Return the figure of how often each input element is read, with a panel for each side.

    Raise InputError for more than MOST panels, or an input without elements.
    """
    if not 0 < len(sides) <= MOST:
        raise InputError([f"a figure of {count(len(sides), 'layer')}; expected 1 to {MOST}"])
    found = [counts(side) for side in sides]
    if not all(rows and rows[0] for rows in found):
        raise InputError(["the input has no elements to draw"])
    colours = theme(dark)
    across = 2 if len(sides) == 4 else min(len(sides), ACROSS)
    down = math.ceil(len(sides) / across)
    tall = max(len(rows) / len(rows[0]) for rows in found)
    height = down * (min(WIDTH / max(across, 2) * min(max(tall, 0.1), 1.5), 7.0) + 0.9)
    figure = canvas(height, colours)
    largest = max(max(map(max, rows)) for rows in found)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    image: Any = None
    for axes, side, rows in zip(panels, sides, found, strict=False):
        image = _panel(axes, side, rows, largest, colours)
    for axes in panels[len(sides) :]:
        axes.set_visible(False)
    if any(max(len(rows), len(rows[0])) > NUMBERED for rows in found):
        bar = figure.colorbar(image, ax=list(panels), shrink=0.8, label="times read")
        bar.ax.tick_params(colors=colours.ink)
        bar.ax.yaxis.label.set_color(colours.ink)
        bar.outline.set_visible(False)
    return Figure(figure, "How often each input element is read", alt(sides, found))


def alt(sides: Sequence[Side], found: Sequence[Counts]) -> str:
    """Return what is seen, in words and numbers."""
    told = [_told(side, rows) for side, rows in zip(sides, found, strict=True)]
    return f"{count(len(sides), 'grid')} of input elements, coloured by how often each is read. {' '.join(told)}"


def _told(side: Side, rows: Counts) -> str:
    every = [number for row in rows for number in row]
    never = every.count(0)
    middle = rows[len(rows) // 2][len(rows[0]) // 2]
    sizes = "x".join(map(str, side.input))
    where = " at the middle of the depth" if len(side.along) > 2 else ""
    between = f"from {min(every)} to {max(every)} times: {rows[0][0]} in the first corner, {middle} in the middle"
    read = between if min(every) < max(every) else f"each {count(max(every), 'time')}"
    lost = f"; {never} of {count(len(every), 'element')} {'is' if never == 1 else 'are'} never read" if never else ""
    return f"{_name(side)} on {sizes}{where}: {read}{lost}."


def _name(side: Side) -> str:
    """Return the side's name and line, on one line."""
    return ": ".join(filter(None, [side.name, printable(side.line, 200)]))


def _panel(axes: Axes, side: Side, rows: Counts, largest: int, colours: Theme) -> Any:
    """Draw one grid, with a number in each cell if there is room."""
    bare(axes, colours)
    image = axes.imshow(rows, cmap=colours.scale, vmin=0, vmax=max(largest, 1), aspect="equal", interpolation="nearest")
    line = textwrap.wrap(printable(side.line, 3 * HEADING), HEADING)
    axes.set_title("\n".join([side.name, *line]), color=colours.ink, fontsize=10)
    if max(len(rows), len(rows[0])) > NUMBERED:
        return image
    wide, tall, gap = len(rows[0]) - 0.5, len(rows) - 0.5, float("nan")
    edges = [(-0.5, at - 0.5, wide, at - 0.5) for at in range(1, len(rows))]
    edges += [(at - 0.5, -0.5, at - 0.5, tall) for at in range(1, len(rows[0]))]
    across = [x for left, _, right, _ in edges for x in (left, right, gap)]
    down = [y for _, top, _, bottom in edges for y in (top, bottom, gap)]
    axes.plot(across, down, color=colours.paper, linewidth=1)
    axes.set_xlim(-0.5, wide)
    axes.set_ylim(tall, -0.5)
    size = min(11.0, 110 / max(len(rows), len(rows[0])))
    for row, numbers in enumerate(rows):
        for column, number in enumerate(numbers):
            ink = "#000000" if number > BRIGHT * largest else "#ffffff"
            text = str(number)
            axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=size)
    return image
