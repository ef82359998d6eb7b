"""Windows drawn over a padded input: geometry as plain data, which the template turns into SVG elements.

Drawings that are to be compared share a :class:`Layout` for each axis, so that the same element has the same place
in all of them. Long axes are drawn as their first and last few elements around a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..cases.arithmetic import Axis, TransposedAxis
from ..cases.sampling import fit_axis
from .formula import reads

LARGEST = 2**17  # elements of an axis; above there is no drawing
LARGEST_KERNEL = 2**8
KEPT = 40  # outputs at either end of an axis that are looked at: more than can be drawn
HEAD = (10, 16)  # elements drawn at either end of a long axis: at least, at most
GAP = 2  # cells that stand for the elements left out
WIDTH = 286  # the width aimed at
CELL = (12, 24)  # the size of a cell: at least, at most
MARGIN_LEFT, MARGIN_TOP = 26, 16  # for the numbers of rows and columns
SMALL_CELL = 16  # below it, only the cells at the ends are numbered


@dataclass(frozen=True)
class AxisWindows:
    """One axis of one layer: its padding, and where the taps of its first and last windows lie.

    Positions count from 0 at the first input element; padding lies below 0 and from ``n`` on. Without a rule that
    rebuilds a measured map, the taps in padding have no position and are left out.
    """

    n: int
    pads: tuple[int, int] | None  # below 0: cropped; None: unknown
    windows: tuple[tuple[int, ...], ...]

    @property
    def start(self) -> int:
        """The first position that is drawn."""
        return -max(self.pads[0], 0) if self.pads else 0

    @property
    def stop(self) -> int:
        """One past the last position that is drawn."""
        return self.n + max(self.pads[1], 0) if self.pads else self.n

    @property
    def read(self) -> frozenset[int]:
        """The positions that these windows read."""
        return frozenset(position for window in self.windows for position in window)


def drawable(axes: Iterable[Axis]) -> bool:
    """Whether axes are of a size that a drawing, or a map in memory, can be made of."""
    return all(max(axis.n, axis.output) <= LARGEST and axis.kernel <= LARGEST_KERNEL for axis in axes)


def asked_windows(axis: Axis) -> AxisWindows:
    """The windows of the reference; of a transposed convolution, the elements that each output is made from."""
    if isinstance(axis, TransposedAxis):
        return _elements(axis.n, axis.sampling(_ends(axis.output)))
    starts = [o * axis.stride - axis.before for o in _ends(axis.output)]
    windows = tuple(tuple(start + t * axis.dilation for t in range(axis.kernel)) for start in starts)
    return AxisWindows(axis.n, (axis.before, axis.after), windows)


def measured_windows(indices: np.ndarray, asked: Axis) -> AxisWindows:
    """The windows of a measured map (output, kernel) of input indices, -1 for padding."""
    outputs, taps = indices.shape
    found = None if isinstance(asked, TransposedAxis) else fit_axis(indices, asked)
    if found is None or found.before is None:
        return _elements(asked.n, indices[_ends(outputs)])
    dilation = asked.dilation if found.dilation is None else found.dilation
    order = range(taps)[::-1] if found.flipped else range(taps)
    starts = [o * (found.stride or 0) - found.before for o in _ends(outputs)]
    windows = tuple(tuple(start + t * dilation for t in order) for start in starts)
    return AxisWindows(asked.n, (found.before, found.reached_after or 0), windows)


def _elements(n: int, indices: np.ndarray) -> AxisWindows:
    return AxisWindows(n, None, tuple(tuple(int(v) for v in row if v >= 0) for row in indices))


def sole_row() -> AxisWindows:
    """The rows of a one-dimensional drawing."""
    return AxisWindows(1, (0, 0), ((0,),))


def _ends(outputs: int) -> list[int]:
    return [*range(min(outputs, KEPT)), *range(max(outputs - KEPT, KEPT), outputs)]


@dataclass(frozen=True)
class Layout:
    """Where the positions of an axis are drawn, counted in cells: ``low`` to ``head`` and ``tail`` to ``high``."""

    low: int
    head: int
    tail: int
    high: int

    @property
    def elided(self) -> bool:
        """Whether there is a gap."""
        return self.head < self.tail

    @property
    def length(self) -> float:
        """The length of the axis as drawn."""
        return self.at(self.high)

    def at(self, position: float) -> float:
        """The place of a position; one in the gap lies there in proportion."""
        if position <= self.head:
            return position - self.low
        if position >= self.tail:
            return self.head - self.low + GAP * self.elided + position - self.tail
        return self.head - self.low + GAP * (position - self.head) / (self.tail - self.head)

    def drawn(self, low: int, high: int) -> list[tuple[int, int]]:
        """The parts of the range ``low`` to ``high`` (exclusive) that are drawn."""
        runs = [(self.low, self.head), (self.tail, self.high)] if self.elided else [(self.low, self.high)]
        clipped = [(max(low, first), min(high, last)) for first, last in runs]
        return [(first, last) for first, last in clipped if first < last]

    def hides(self, position: float) -> bool:
        """Whether a position lies in the gap."""
        return self.elided and self.head < position < self.tail


def layout(layers: Sequence[AxisWindows]) -> Layout:
    """One layout for all layers that are to be compared along an axis."""
    low, high = min(layer.start for layer in layers), max(layer.stop for layer in layers)
    firsts = [max(window) for layer in layers for window in layer.windows[:2] if window]
    lasts = [min(window) for layer in layers for window in layer.windows[-2:] if window]
    head = _clamp(max(firsts, default=0) + 2 - low, *HEAD)
    tail = _clamp(high + 1 - min(lasts, default=high), *HEAD)
    if high - low <= head + tail + 2:
        return Layout(low, high, high, high)
    return Layout(low, low + head, high - tail, high)


def _clamp(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)


@dataclass(frozen=True)
class Path:
    """An SVG path; ``css`` is its class."""

    css: str
    d: str


@dataclass(frozen=True)
class Label:
    """The number of a row or column."""

    css: str
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Drawing:
    """What the template turns into one ``<svg>``, and the same in words."""

    width: int
    height: int
    title: str
    description: str
    paths: tuple[Path, ...]
    labels: tuple[Label, ...]


Layer = tuple[AxisWindows, AxisWindows]  # rows, columns


def draw(
    layer: Layer, layouts: tuple[Layout, Layout], title: str, description: str, other: Layer | None = None
) -> Drawing:
    """A layer's windows over its padded input, with the outlines of another layer's first and last window."""
    return _Canvas(layer, *layouts).drawing(title, description, other)


class _Canvas:
    """Draws one layer; x and y grow to the right and downwards, in pixels."""

    def __init__(self, layer: Layer, rows: Layout, columns: Layout) -> None:
        self.rows, self.columns = rows, columns
        self.down, self.across = layer
        self.cell = _clamp(int(WIDTH / max(rows.length, columns.length, 1)), *CELL)

    def x(self, position: float) -> float:
        return MARGIN_LEFT + self.cell * self.columns.at(position)

    def y(self, position: float) -> float:
        return MARGIN_TOP + self.cell * self.rows.at(position)

    def drawing(self, title: str, description: str, other: Layer | None) -> Drawing:
        down, across = self.down, self.across
        padded = self._blocks((down.start, down.stop), (across.start, across.stop))
        elements = self._blocks((0, down.n), (0, across.n))
        paths = [
            Path("pad", "".join(padded)),
            Path("input", "".join(elements)),
            Path("grid", "".join(self._grid())),
            Path("unread", "".join(self._crosses())),
            Path("taps last", "".join(self._taps(-1))),
            Path("taps first", "".join(self._taps(0))),
            Path("last", self._outline(down, across, -1)),
            Path("first", self._outline(down, across, 0)),
            Path("centres", "".join(self._centres())),
            Path("gap", "".join(self._gaps())),
        ]
        if other:
            paths.append(Path("other", self._outline(*other, 0) + self._outline(*other, -1)))
        return Drawing(
            round(self.x(self.columns.high)) + 2,
            round(self.y(self.rows.high)) + 2,
            title,
            description,
            tuple(path for path in paths if path.d),
            tuple(self._labels()),
        )

    def _blocks(self, rows: tuple[int, int], columns: tuple[int, int]) -> Iterator[str]:
        for top, bottom in self.rows.drawn(*rows):
            for left, right in self.columns.drawn(*columns):
                yield _box(self.x(left), self.y(top), self.x(right), self.y(bottom))

    def _grid(self) -> Iterator[str]:
        """The lines between the cells, those of the padding too."""
        down, across = self.down, self.across
        row_runs = self.rows.drawn(down.start, down.stop)
        column_runs = self.columns.drawn(across.start, across.stop)
        for top, bottom in row_runs:
            for left, right in column_runs:
                wide, high = _n(self.x(right) - self.x(left)), _n(self.y(bottom) - self.y(top))
                yield from (f"M{_n(self.x(left))} {_n(self.y(row))}h{wide}" for row in range(top + 1, bottom))
                yield from (f"M{_n(self.x(column))} {_n(self.y(top))}v{high}" for column in range(left + 1, right))

    def _crosses(self) -> Iterator[str]:
        """A cross in each cell that no window reads."""
        size = _n(self.cell * 0.4)
        inset = self.cell * 0.3
        rows, columns = self.down.read, self.across.read
        for row in self._cells(self.rows, self.down):
            for column in self._cells(self.columns, self.across):
                if row not in rows or column not in columns:
                    x, y = _n(self.x(column) + inset), _n(self.y(row) + inset)
                    yield f"M{x} {y}l{size} {size}m0-{size}l-{size} {size}"

    @staticmethod
    def _cells(along: Layout, windows: AxisWindows) -> Iterator[int]:
        for first, last in along.drawn(windows.start, windows.stop):
            yield from range(first, last)

    def _taps(self, which: int) -> Iterator[str]:
        """The cells that the first or the last window reads."""
        for row in _unhidden(self.rows, _window(self.down, which)):
            for column in _unhidden(self.columns, _window(self.across, which)):
                yield f"M{_n(self.x(column))} {_n(self.y(row))}h{self.cell}v{self.cell}h-{self.cell}z"

    def _outline(self, down: AxisWindows, across: AxisWindows, which: int) -> str:
        rows, columns = _window(down, which), _window(across, which)
        if not rows or not columns:
            return ""
        return _box(self.x(min(columns)), self.y(min(rows)), self.x(max(columns) + 1), self.y(max(rows) + 1))

    def _centres(self) -> Iterator[str]:
        """A dot, which is a line of no length with round ends, in the middle of each window."""
        columns = list(_middles(self.columns, self.across))
        for row in _middles(self.rows, self.down):
            yield from (f"M{_n(self.x(column))} {_n(self.y(row))}h0" for column in columns)

    def _gaps(self) -> Iterator[str]:
        """Three dots in each gap, beside the numbers."""
        steps = (0.25, 0.5, 0.75)
        if self.columns.elided:
            at, step = self.x(self.columns.head), GAP * self.cell
            yield from (f"M{_n(at + part * step)} {MARGIN_TOP / 2}h0" for part in steps)
        if self.rows.elided:
            at, step = self.y(self.rows.head), GAP * self.cell
            yield from (f"M{MARGIN_LEFT / 2} {_n(at + part * step)}h0" for part in steps)

    def _labels(self) -> Iterator[Label]:
        for column in self._numbered(self.columns, self.across):
            yield Label("column", _round(self.x(column + 0.5)), MARGIN_TOP - 5, str(column + 1))
        for row in self._numbered(self.rows, self.down) if self.down.n > 1 else ():
            yield Label("row", MARGIN_LEFT - 6, _round(self.y(row + 0.5)), str(row + 1))

    def _numbered(self, along: Layout, windows: AxisWindows) -> Iterator[int]:
        """The elements that get their number: all of them where there is room, else those at the ends."""
        for first, last in along.drawn(0, windows.n):
            roomy = self.cell >= SMALL_CELL and last < 100
            yield from range(first, last) if roomy else dict.fromkeys((first, last - 1))


def _window(windows: AxisWindows, which: int) -> tuple[int, ...]:
    return windows.windows[which] if windows.windows else ()


def _unhidden(along: Layout, positions: Iterable[int]) -> list[int]:
    return [p for p in positions if along.low <= p < along.high and not (along.elided and along.head <= p < along.tail)]


def _middles(along: Layout, windows: AxisWindows) -> Iterator[float]:
    for window in windows.windows:
        if window and not along.hides(middle := (min(window) + max(window) + 1) / 2):
            yield middle


def _box(left: float, top: float, right: float, bottom: float) -> str:
    return f"M{_n(left)} {_n(top)}H{_n(right)}V{_n(bottom)}H{_n(left)}z"


def _n(number: float) -> str:
    return f"{_round(number):g}"


def _round(number: float) -> float:
    return round(number, 1)


def unread(indices: np.ndarray, n: int) -> str:
    """The elements of an axis that no window reads, counted from 1; the first runs of many; empty if none."""
    missing = np.setdiff1d(np.arange(n), indices)
    runs = np.split(missing, np.flatnonzero(np.diff(missing) != 1) + 1) if len(missing) else []
    words = [f"{run[0] + 1}" if len(run) == 1 else f"{run[0] + 1}-{run[-1] + 1}" for run in runs[:4]]
    return ", ".join(words) + (" and more" if len(runs) > 4 else "")


def in_words(name: str, indices: np.ndarray, n: int) -> str:
    """One axis of a drawing, in words."""
    outputs = len(indices)
    first, last = reads(indices[0].tolist()), reads(indices[-1].tolist())
    windows = f"the only window reads {first}" if outputs == 1 else f"of {outputs} windows the first reads {first}"
    windows += f", the last {last}" if outputs > 1 else ""
    missing = unread(indices, n)
    return f"{name.capitalize()}: {windows}; " + (f"{missing} never read." if missing else "every element is read.")
