"""How far the windows of a port drift from the original's, layer by layer, in a stack or in a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...cases.arithmetic import AXIS_NAMES
from ...cases.errors import InputError
from ...cases.text import count, several
from ..preflight.preflight import Preflight
from ..preflight.stack import Stack
from .figure import Figure
from .reads import predicted_name
from .theme import DASHES, MARKERS, Theme, canvas, dress, legend, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKED = 40  # layers up to which each has a mark


@dataclass(frozen=True)
class Line:
    """The drift in one port along axes with the same drift: at each layer the least and the most, in input elements.

    A layer at which it is not known is None. ``axes`` says along which axes.
    """

    name: str
    axes: str
    drift: tuple[tuple[float, float] | None, ...]

    @property
    def last(self) -> tuple[float, float] | None:
        """The drift at the last layer at which it is known."""
        return next((one for one in reversed(self.drift) if one is not None), None)


def of_stack(stack: Stack, adapters: Sequence[str]) -> list[Line]:
    """Return the drift of the lines that people write for a stack in the frameworks of adapters."""
    found = []
    for adapter in adapters:
        along = zip(*(one.drift for one in stack.ported(adapter)), strict=True)
        drifts = [tuple((float(number), float(number)) for number in axis) for axis in along]
        found += _merged(predicted_name(adapter), drifts)
    return found


def of_preflight(preflight: Preflight) -> list[Line]:
    """Return the drift of a model's layers in each environment of a preflight."""
    found = []
    for target in preflight.targets:
        at = [target.drift.at_layer(number) for number in range(len(preflight.layers.layers))]
        rank = max(map(len, at), default=0)
        drifts = [
            tuple((float(one[axis][0]), float(one[axis][1])) if axis < len(one) else None for one in at)
            for axis in range(rank)
        ]
        found += _merged(f"{target.environment.label} ({target.environment.basis})", drifts)
    return found


def _merged(name: str, drifts: Sequence[tuple[tuple[float, float] | None, ...]]) -> list[Line]:
    """Return a line for each different drift, with the names of its axes."""
    if not drifts:
        return []
    names = AXIS_NAMES[len(drifts)]
    return [
        Line(name, several([axis for axis, other in zip(names, drifts, strict=True) if other == one]), one)
        for one in dict.fromkeys(drifts)
    ]


def drift(lines: Sequence[Line], dark: bool = False) -> Figure:
    """Return the figure of the drift at every layer. Raise InputError where there is nothing to draw."""
    if not any(any(line.drift) for line in lines):
        raise InputError(["no drift to draw: it is known for no layer"])
    colours = theme(dark)
    figure = canvas(4.4 + 0.22 * len(lines), colours)
    from matplotlib.ticker import MaxNLocator  # after a canvas, which says so where Matplotlib is missing

    axes = figure.subplots()
    dress(axes, colours)
    axes.axhline(0, color=colours.muted, linewidth=1)
    for number, line in enumerate(lines):
        _draw(axes, line, number, colours)
    layers = max(len(line.drift) for line in lines)
    axes.set_xlim(0.5, layers + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("layer", color=colours.ink)
    axes.set_ylabel("drift in input elements", color=colours.ink)
    axes.grid(axis="y", color=colours.line, linewidth=0.5, alpha=0.6)
    handles = [handle for handle in axes.get_lines() if not str(handle.get_label()).startswith("_")]
    legend(figure, colours, handles, loc="outside lower left", ncols=1)
    return Figure(figure, "Drift of the lines that people write, layer by layer", alt(lines))


def alt(lines: Sequence[Line]) -> str:
    """Return what is seen: for each line, how far it is off at the end, and from which layer on."""
    layers = max(len(line.drift) for line in lines)
    told = [f"Lines over {count(layers, 'layer')}: how many input elements later the windows of a port lie."]
    for line in lines:
        moved = [i for i, one in enumerate(line.drift, 1) if one and any(one)]
        if not moved or line.last is None:
            told.append(f"{line.name}, {line.axes}: no drift.")
            continue
        least, most = line.last
        by = f"{most:+g}" if least == most else f"{least:+g} to {most:+g}"
        told.append(f"{line.name}, {line.axes}: it begins at layer {moved[0]} and is {by} at the last.")
    return " ".join(told)


def _draw(axes: Axes, line: Line, number: int, colours: Theme) -> None:
    """Draw one line; where paths with different drifts meet, the range between them."""
    layers = range(1, len(line.drift) + 1)
    least, most = ([float("nan") if one is None else one[i] for one in line.drift] for i in (0, 1))
    turn = number % len(colours.series)
    marker = MARKERS[turn] if len(line.drift) <= MARKED else ""
    look: dict[str, Any] = {"color": colours.series[turn], "linestyle": DASHES[turn], "marker": marker, "markersize": 5}
    axes.plot(layers, most, linewidth=1.8, label=f"{line.name}, {line.axes}", **look)
    if least != most and any(one and one[0] != one[1] for one in line.drift):
        axes.fill_between(layers, least, most, color=colours.series[turn], alpha=0.25, linewidth=0)
