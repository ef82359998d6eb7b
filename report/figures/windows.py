"""The windows of some outputs in the padded input, of one layer or of two over each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...cases.errors import InputError
from ...cases.text import count, shape_text
from ..verdicts.formula import reads
from .figure import Figure
from .reads import Side, first_other
from .theme import WIDTH, canvas, legend, theme
from .window_grid import Outputs, draw_input, draw_outputs, key, strip

MOST = 6  # windows
CELL = 0.34  # inches, at most
SHOWN_OUTPUTS = 26  # along an axis; more are not drawn
UNITS = {1: ("columns",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}


def windows(sides: Sequence[Side], outputs: Outputs = (), dark: bool = False) -> Figure:
    """Return the figure of the windows of ``outputs`` in one side, or in two over each other.

    By default it is the first output that the two make from other elements, or else the first. Raise InputError for
    outputs that there are not.
    """
    outputs = chosen(sides, outputs)
    colours = theme(dark)
    rank = len(sides[0].along)
    strips: list[tuple[int | None, int]] = [(0, 1)] if rank == 2 else [(None, axis) for axis in range(rank)]
    grids = [(strip(sides, row, outputs), strip(sides, column, outputs)) for row, column in strips]
    tall = sum((rows.stop - rows.start + 2) for (_, rows), _ in grids)
    wide = max((columns.stop - columns.start) for _, (_, columns) in grids)
    cell = min(CELL, (WIDTH - 2.6) / (wide + 2))
    beside = rank == 2 and max(sides[0].output) <= SHOWN_OUTPUTS
    figure = canvas(max(cell * tall, 0.9) + 1.0 + 0.28 * len(sides), colours)
    heights = [rows.stop - rows.start + 1 for (_, rows), _ in grids]
    widths = [3, 1] if beside else [1]
    panels = figure.subplots(len(grids), len(widths), squeeze=False, height_ratios=heights, width_ratios=widths)
    for panel, grid in zip(panels, grids, strict=True):
        draw_input(panel[0], sides, grid, colours, numbered=len(outputs) > 1)
    if rank == 3:
        for (axes, *_), name in zip(panels, UNITS[3], strict=True):
            axes.set_ylabel(name, color=colours.ink)
    if beside:
        draw_outputs(panels[0][1], sides, outputs, colours)
    legend(figure, colours, key(sides, beside, colours), loc="outside lower left", ncols=1)
    return Figure(figure, "Windows in the padded input", alt(sides, outputs))


def alt(sides: Sequence[Side], outputs: Outputs) -> str:
    """Return what is seen: the elements that each output is made from, in each side, counted from 1."""
    sizes = "x".join(map(str, sides[0].input))
    told = [f"The windows of {count(len(outputs), 'output')} in an input of {sizes}, with its padding."]
    for side in sides:
        for output in outputs:
            told.append(f"{side.name}, output {_place(output)}, {_reads(side, output)}.")
    if len(sides) == 2:
        told.append(f"{_difference(*sides)}.")
    return " ".join(told)


def _difference(one: Side, other: Side) -> str:
    """Return how many outputs the two sides make from other elements, in words."""
    if one.output != other.output:
        return f"The outputs are {shape_text(one.output)} and {shape_text(other.output)}"
    same = one.same(other)
    every = math.prod(map(len, same))
    apart = every - math.prod(sum(flags) for flags in same)
    if not apart:
        return f"All {count(every, 'output')} read the same elements in both"
    return f"{apart} of {count(every, 'output')} {'reads' if apart == 1 else 'read'} other elements in the two"


def _reads(side: Side, output: tuple[int, ...]) -> str:
    if any(i >= size for i, size in zip(output, side.output, strict=True)):
        return "is not there"
    names = UNITS[len(side.along)]
    said = []
    for name, one, i in zip(names, side.along, output, strict=True):
        held = [-1 if place is None or not 0 <= place < one.size else place for place in one.windows[i]]
        said.append(f"{name} {reads(held)}")
    return f"reads {' and '.join(said)}"


def chosen(sides: Sequence[Side], outputs: Outputs = ()) -> Outputs:
    """Return the outputs to draw: those given, else the first that two sides make from other elements, or the first.

    Raise InputError for sides or outputs that cannot be drawn.
    """
    if not 1 <= len(sides) <= 2:
        raise InputError([f"windows of {count(len(sides), 'layer')}; expected one, or two to lay over each other"])
    if len({side.input for side in sides}) > 1:
        raise InputError(["windows of two layers on inputs of different sizes; give both the same input"])
    if not outputs:
        there = all(sides[0].output)
        other = first_other(sides[0].same(sides[1])) if len(sides) == 2 and there else None
        outputs = [other or (0,) * len(sides[0].along)]
    if len(outputs) > MOST:
        raise InputError([f"{len(outputs)} outputs to draw; expected at most {MOST}"])
    most = tuple(max(sizes) for sizes in zip(*(side.output for side in sides), strict=True))
    for output in outputs:
        if len(output) != len(most) or not all(0 <= i < size for i, size in zip(output, most, strict=True)):
            raise InputError([f"output {_place(output)} is not there; the outputs are (1,…) to {shape_text(most)}"])
    return outputs


def _place(output: Sequence[int]) -> str:
    return shape_text(i + 1 for i in output)
