"""The parts of a figure of windows: the padded input with the windows in it, the outputs beside it, and the key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, product
from typing import TYPE_CHECKING, Any

from ...cases.text import printable, shape_text
from .layout import Span, span
from .reads import Along, Side
from .theme import DASHES, Theme, bare

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SOLE = Along(1, ((0,),))  # the row of an input with one axis

Outputs = Sequence[tuple[int, ...]]  # each counted from 0
Strip = tuple[list[tuple[Along, list[int]]], Span]  # an axis of each side with the outputs, and the part that is drawn
Grid = tuple[Strip, Strip]  # its rows and its columns


def strip(sides: Sequence[Side], axis: int | None, outputs: Outputs) -> Strip:
    """Return what each side reads along an axis and through which outputs, and the part of it that is drawn."""
    if axis is None:
        return [(SOLE, [0] * len(outputs)) for _ in sides], Span(0, 1)
    places = [output[axis] for output in outputs]
    both = [side.along[axis] for side in sides]
    return [(one, places) for one in both], span(both, places)


def draw_input(axes: Axes, sides: Sequence[Side], grid: Grid, colours: Theme, numbered: bool) -> None:
    """Draw the padded input as cells, and the windows in it: the first side filled, the second outlined."""
    from matplotlib.patches import Rectangle

    (rows, down), (columns, across) = grid
    bare(axes, colours)
    size = rows[0][0].size, columns[0][0].size
    every = set(product(range(down.start, down.stop), range(across.start, across.stop)))
    inside = every & set(product(range(size[0]), range(size[1])))
    for places, face in ((inside, colours.cell), (every - inside, colours.pad)):
        _cells(axes, places, facecolor=face, edgecolor=colours.line, linewidth=0.7)
    axes.add_patch(Rectangle((0, 0), size[1], size[0], fill=False, edgecolor=colours.ink, linewidth=1.4, zorder=3))
    for number in range(len(sides)):
        _window(axes, number, grid, colours, numbered)
    axes.set_xlim(across.start - 0.15, across.stop + 0.15)
    axes.set_ylim(down.stop + 0.15, down.start - 0.15)
    axes.set_aspect("equal")
    _ticks(axes, across, size[1], colours, axes.xaxis)
    if size[0] > 1:
        _ticks(axes, down, size[0], colours, axes.yaxis)
    axes.xaxis.tick_top()


def _window(axes: Axes, number: int, grid: Grid, colours: Theme, numbered: bool) -> None:
    """Draw the windows of one side: cells that are read, and the outline around each window."""
    from matplotlib.patches import Rectangle

    (rows, down), (columns, across) = grid
    (up, row_outputs), (along, column_outputs) = rows[number], columns[number]
    colour, inset = colours.series[number], 0.06 * number
    cell: dict[str, Any] = {**_look(number, colours), "linewidth": 0, "zorder": 2 + number}
    frame: dict[str, Any] = {"edgecolor": colour, "linewidth": 2.4, "linestyle": DASHES[number], "zorder": 4 + number}
    for turn, (i, j) in enumerate(zip(row_outputs, column_outputs, strict=True), 1):
        read_rows, read_columns = _drawn(up, i, down), _drawn(along, j, across)
        if not read_rows or not read_columns:
            continue
        _cells(axes, product(read_rows, read_columns), **cell)
        corner = read_columns[0] + inset, read_rows[0] + inset
        wide, tall = read_columns[-1] - read_columns[0] + 1, read_rows[-1] - read_rows[0] + 1
        axes.add_patch(Rectangle(corner, wide - 2 * inset, tall - 2 * inset, fill=False, **frame))
        if numbered and number == 0:
            axes.text(corner[0] + 0.14, corner[1] + 0.12, str(turn), ha="left", va="top", color=colours.ink, zorder=6)


def _cells(axes: Axes, places: Iterable[tuple[int, int]], **look: Any) -> None:
    """Draw the cells at places (row, column), all as one shape: a file with one for each would be several times larger.

    Nothing is drawn where there are none.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    corners = [
        [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1), (column, row)]
        for row, column in sorted(places)
    ]
    if corners:
        square = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        axes.add_patch(PathPatch(Path(list(chain(*corners)), square * len(corners)), **look))


def _drawn(along: Along, output: int, part: Span) -> list[int]:
    """Return the places that an output reads along an axis, as far as they are drawn, in order."""
    window = along.windows[output] if output < len(along.windows) else ()
    return sorted({place for place in window if place is not None and part.holds(place)})


def _look(number: int, colours: Theme) -> dict[str, Any]:
    """Return how the cells of the first side are filled, and those of the second hatched."""
    colour = colours.series[number]
    return {"facecolor": "none" if number else (colour, 0.45), "edgecolor": colour, "hatch": "////" if number else None}


def _ticks(axes: Axes, drawn: Span, size: int, colours: Theme, axis: Any) -> None:
    """Number the elements that are drawn, from 1; where they are many, every second or fifth."""
    shown = range(max(drawn.start, 0), min(drawn.stop, size))
    step = 5 if size >= 100 else 2 if len(shown) > 20 else 1
    places = [place for place in shown if (place + 1) % step == 0]
    axis.set_ticks([place + 0.5 for place in places], [str(place + 1) for place in places])
    axes.tick_params(length=0, labelcolor=colours.muted, labelsize=8)


def draw_outputs(axes: Axes, sides: Sequence[Side], outputs: Outputs, colours: Theme) -> None:
    """Draw the outputs as cells: those drawn beside are framed, those that read other elements are hatched."""
    from matplotlib.patches import Rectangle

    bare(axes, colours)
    rows, columns = (max(side.output[axis] for side in sides) for axis in (0, 1))
    same = sides[0].same(sides[1]) if len(sides) == 2 else [[True] * rows, [True] * columns]
    every = set(product(range(rows), range(columns)))
    alike = every & set(product(*([place for place, one in enumerate(axis) if one] for axis in same)))
    _cells(axes, alike, facecolor=colours.cell, edgecolor=colours.line, linewidth=0.7)
    _cells(axes, every - alike, facecolor=colours.cell, edgecolor=colours.muted, linewidth=0.7, hatch="xxx")
    for turn, (row, column) in enumerate(outputs, 1):
        frame: dict[str, Any] = {"edgecolor": colours.ink, "linewidth": 2.2, "zorder": 3}
        axes.add_patch(Rectangle((column, row), 1, 1, fill=False, **frame))
        if len(outputs) > 1:
            axes.text(column + 0.5, row + 0.5, str(turn), ha="center", va="center", color=colours.ink, zorder=4)
    axes.set_xlim(-0.2, columns + 0.2)
    axes.set_ylim(rows + 0.2, -0.2)
    axes.set_aspect("equal")
    axes.set_title(f"output {shape_text((rows, columns))}", color=colours.ink, fontsize=10)


def key(sides: Sequence[Side], outputs: bool, colours: Theme) -> list[object]:
    """Return the legend's entries: each side with its line, and the meaning of cells; with ``outputs``, theirs too."""
    from matplotlib.patches import Patch

    found: list[object] = []
    for number, side in enumerate(sides):
        look = {**_look(number, colours), "linestyle": DASHES[number], "linewidth": 1.8}
        found.append(Patch(label=": ".join(filter(None, [side.name, printable(side.line, 90)])), **look))
    found.append(Patch(facecolor=colours.pad, edgecolor=colours.line, label="padding; elements count from 1"))
    if outputs and len(sides) == 2:
        told = "output made from other elements"
        found.append(Patch(facecolor=colours.cell, edgecolor=colours.muted, hatch="xxx", label=told))
    return found
