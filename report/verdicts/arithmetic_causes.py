"""Named causes of wrong numbers: changes of the right ones that give exactly the returned numbers.

Arrays go in and sentences come out: this module knows neither a report nor an observation, so that it serves whatever
has a right and a wrong output. Arrays are (N, C, *spatial). A candidate counts only where it gives every number, and
one whose parameter comes from the numbers themselves only where several other numbers confirm it. Small outputs may
have several causes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from ...cases.arithmetic import AXIS_NAMES
from ...cases.text import several

CONSTANT = 4  # outputs; fewer are equal by chance, where other elements are read
CONFIRMED = 3  # numbers that differ from each other and that a parameter has to explain
CLAMPED = 2  # numbers beyond a bound that has to explain them, and within it
ROUNDING = 2  # ULP by which a number may differ that was computed with a parameter that rounds as well
BOUNDS = (
    (0, np.inf),
    (-np.inf, 0),
    (0, 1),
    (-1, 1),
    (0, 6),
    (-128, 127),
    (0, 255),
)  # of activations and small integers

Evaluate = Callable[[np.ndarray, "np.ndarray | None"], np.ndarray]


@dataclass(frozen=True)
class Layer:
    """A layer as it was requested, for the causes that lie in front of its output.

    ``evaluate`` returns its output in float64 for any input and weights of the shapes of ``x`` and ``w``. The first two
    axes of the weights are (out, in / groups), or for a transposed layer (in, out / groups). ``padded`` returns the
    output if padding counts as a number; None where nothing is padded with a constant. ``edges`` holds the output under
    other rules for padding, by the rule in words.
    """

    x: np.ndarray
    w: np.ndarray | None
    evaluate: Evaluate
    groups: int = 1
    padded: Callable[[float], np.ndarray] | None = None
    edges: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Rounding:
    """The bound within which numbers may differ that were computed in another order.

    ``bits`` is the length of the significand, ``allowed`` a tolerance for each number, and ``rounded`` rounds float64
    to the dtype.
    """

    bits: int = 24
    allowed: np.ndarray | float = 0.0
    rounded: Callable[[np.ndarray], np.ndarray] = lambda exact: exact

    def same(self, candidate: np.ndarray, got: np.ndarray) -> bool:
        """Return whether an output has the numbers of a candidate, which has no parameter taken from the output."""
        if candidate.shape != got.shape:
            return False
        allowed = self.allowed if np.shape(self.allowed) in ((), got.shape) else 0.0
        return bool((np.abs(self.rounded(candidate) - got) <= allowed).all())

    def near(self, candidate: np.ndarray, got: np.ndarray) -> np.ndarray:
        """Return where an output has the numbers of a candidate that rounds twice."""
        ulp = 2.0 ** (np.floor(np.log2(np.maximum(np.abs(candidate), 2.0**-120))) - self.bits + 1)
        near: np.ndarray = np.abs(candidate - got) <= ROUNDING * ulp
        return near


@dataclass(frozen=True)
class Cause:
    """A cause in words, such as ``pads with 1 instead of 0``: the rest of a sentence about the layer.

    ``kind`` is ``reads`` where other elements or weights are combined, ``edges`` where padding counts otherwise, and
    ``numbers`` where the elements are as requested.
    """

    words: str
    kind: str = "numbers"


def causes(asked: np.ndarray, got: np.ndarray, rounding: Rounding, layer: Layer | None = None) -> list[Cause]:
    """Return every cause that gives exactly the numbers of an output, where the right ones, not rounded, are known.

    Return none where the numbers are right, and at most one of two that have the same words.
    """
    asked, got = np.asarray(asked, dtype=np.float64), np.asarray(got, dtype=np.float64)
    if got.size == 0 or rounding.same(asked, got):
        return []
    with np.errstate(all="ignore"):
        if words := _not_numbers(asked, got):
            return [Cause(words)]
        found = [*_of_output(asked, got, rounding)]
        if layer is not None and asked.shape == got.shape:
            found += _of_layer(asked, got, rounding, layer)
    return list({cause.words: cause for cause in found}.values())


def _not_numbers(asked: np.ndarray, got: np.ndarray) -> str:
    """Return how an output holds no information: it is not finite, zero everywhere, or one number everywhere."""
    for name, those in (("NaN", np.isnan(got)), ("infinity", np.isinf(got))):
        if those.all():
            return f"returns {name} everywhere"
        if those.any():
            return f"returns {name} in {int(those.sum())} of {got.size} numbers"
    if not got.any() and asked.any():
        return "returns zeros everywhere, whatever its input"
    if got.size >= CONSTANT and (got == got.flat[0]).all() and not (asked == asked.flat[0]).all():
        return f"returns {got.flat[0]:g} everywhere"
    return ""


def _of_output(asked: np.ndarray, got: np.ndarray, rounding: Rounding) -> Iterator[Cause]:
    """Yield the causes that follow from the two outputs alone."""
    for words, candidate, kind in _moved(asked):
        if rounding.same(candidate, got):
            yield Cause(words, kind)
    if asked.shape != got.shape:
        return
    for words, candidate in (
        ("rounds its numbers down", np.floor(asked)),
        ("rounds its numbers towards zero", np.trunc(asked)),
        ("rounds its numbers to whole ones", np.rint(asked)),
        ("returns the magnitudes of its numbers", np.abs(asked)),
        ("computes in float32", asked.astype(np.float32).astype(np.float64)),
    ):
        if rounding.same(candidate, got):
            yield Cause(words)
    for axis, one, many in ((0, "example", "examples of the batch"), (1, "channel", "channels")):
        if words := _reordered(asked, got, axis, rounding, one, many):
            yield Cause(words)
    yield from map(Cause, _scaled(asked, got, rounding))
    yield from map(Cause, _offset(asked, got, rounding))
    yield from map(Cause, _clamped(asked, got))


def _moved(asked: np.ndarray) -> Iterator[tuple[str, np.ndarray, str]]:
    """Yield the outputs with spatial axes swapped or reversed."""
    names = AXIS_NAMES.get(asked.ndim - 2, ())
    for i, j in combinations(range(len(names)), 2):
        yield f"swaps the {names[i]} and the {names[j]} of its output", np.swapaxes(asked, 2 + i, 2 + j), "reads"
    for some in _subsets(asked.shape[2:]):
        what = several([names[i] for i in some])
        yield f"reverses its output along the {what}", np.flip(asked, tuple(2 + i for i in some)), "reads"


def _reordered(asked: np.ndarray, got: np.ndarray, axis: int, rounding: Rounding, one: str, many: str) -> str:
    """Return how the examples or channels of an output are those of others; empty if not all of them are."""
    right, wrong = np.moveaxis(asked, axis, 0), np.moveaxis(got, axis, 0)
    if len(right) < 2:
        return ""
    plain = Rounding(rounding.bits, 0.0 if np.ndim(rounding.allowed) == 0 else float(np.min(rounding.allowed)))
    alike = [[i for i, plane in enumerate(right) if plain.same(rounding.rounded(plane), w)] for w in wrong]
    if not all(alike):
        return ""
    order: list[int] = []
    for those in alike:  # planes may be equal, so each is taken once if it can be
        order.append(next((i for i in those if i not in order), those[0]))
    if len(set(order)) == len(order):
        return f"returns the {many} in another order"
    repeated = next(i for i in order if order.count(i) > 1)
    return f"repeats {one} {repeated + 1} of its output in the place of others"


def _scaled(asked: np.ndarray, got: np.ndarray, rounding: Rounding) -> Iterator[str]:
    place = np.unravel_index(np.abs(asked).argmax(), asked.shape)
    factor = _plain(float(got[place] / asked[place]), rounding)
    if factor and _various(asked) and rounding.near(asked * factor, got).all():
        yield f"multiplies its numbers by {factor:g}"


def _offset(asked: np.ndarray, got: np.ndarray, rounding: Rounding) -> Iterator[str]:
    def added(right: np.ndarray, wrong: np.ndarray) -> float | None:
        """Return the number that was added, as the smallest sum shows it, which rounds least."""
        place = np.unravel_index(np.abs(wrong).argmin(), right.shape)
        number = _plain(float(wrong[place] - right[place]), rounding)
        fits = rounding.near(right + number, wrong) | rounding.near(right + (wrong[place] - right[place]), wrong)
        return number if _various(right) and fits.all() else None

    number = added(asked, got)
    if number:
        yield f"adds {number:g} to its numbers"
    elif asked.shape[1] > 1 and number is None:
        each = [added(asked[:, i], got[:, i]) for i in range(asked.shape[1])]
        if None not in each and any(each):
            yield "adds a number of its own to each channel"


def _clamped(asked: np.ndarray, got: np.ndarray) -> Iterator[str]:
    low, high = got.min(), got.max()
    below, above = asked < low, asked > high
    inside = ~(below | above)
    if len(np.unique(asked[inside])) < CLAMPED or not np.array_equal(np.clip(asked, low, high), got):
        return
    bounds = [
        f"{words} {bound:g}"
        for words, bound, beyond in (("below at", low, below), ("above at", high, above))
        if len(np.unique(asked[beyond])) >= CLAMPED
    ]
    if bounds:
        yield f"clamps its numbers {' and '.join(bounds)}"


def _of_layer(asked: np.ndarray, got: np.ndarray, rounding: Rounding, layer: Layer) -> Iterator[Cause]:
    """Yield the causes that lie in the input, the weights or the padding of a layer."""
    for words, candidate in layer.edges.items():
        if rounding.same(candidate, got):
            yield Cause(words, "edges")
    if layer.padded is not None:
        yield from _padded(asked, got, rounding, layer.padded)
    for words, x, w, kind in (*_other_inputs(layer), *_other_weights(layer)):
        if rounding.same(layer.evaluate(x, w), got):
            yield Cause(words, kind)
    for low, high in BOUNDS:
        if rounding.same(layer.evaluate(np.clip(layer.x, low, high), layer.w), got):
            yield Cause(_bounded(low, high))
            return  # wider bounds have the same effect


def _bounded(low: float, high: float) -> str:
    if np.isinf(high):
        return "reads negative inputs as 0"
    return "reads positive inputs as 0" if np.isinf(low) else f"clamps its inputs to {low:g} and {high:g}"


def _padded(
    asked: np.ndarray, got: np.ndarray, rounding: Rounding, padded: Callable[[float], np.ndarray]
) -> Iterator[Cause]:
    """Yield the number that padding counts as. The output is linear in it, or for a maximum takes it as it is."""
    if not rounding.same(padded(0.0), got):
        differ = ~rounding.near(asked, got)
        effect = padded(1.0) - padded(0.0)
        linear = rounding.near(padded(0.0), asked).all()
        place = np.unravel_index((np.abs(effect) * differ).argmax(), got.shape)
        if not differ.any() or (linear and not effect[place]):
            return
        number = (got[place] - asked[place]) / effect[place] if linear else got[differ].min()
        number = _plain(float(number), rounding)
        candidate = padded(number)
        confirmed = len(np.unique(effect[effect != 0])) if linear else int(differ.sum())
        if confirmed < CONFIRMED or not (rounding.near(candidate, got).all() or rounding.same(candidate, got)):
            return
        yield Cause(f"treats padding as {number:g}", "edges")
    elif not rounding.same(asked, padded(0.0)):
        yield Cause("treats padding as 0", "edges")


def _other_inputs(layer: Layer) -> Iterator[tuple[str, np.ndarray, np.ndarray | None, str]]:
    x, w = layer.x, layer.w
    yield "reads the magnitudes of its inputs", np.abs(x), w, "numbers"
    single = x.astype(np.float32).astype(np.float64)
    yield "computes in float32", single, None if w is None else w.astype(np.float32).astype(np.float64), "numbers"
    yield "reads its input with the sign turned", -x, w, "numbers"
    if w is not None:
        for order in _orders(x.shape[1], layer.groups):
            yield "reads the channels of its input in another order", x[:, order], w, "numbers"
        each = x.shape[1] // max(layer.groups, 1)
        if layer.groups > 1:
            first = np.tile(np.arange(each), layer.groups)
            yield "reads the input of the first group in every group", x[:, first], w, "numbers"
    names = AXIS_NAMES.get(x.ndim - 2, ())
    for i, j in combinations(range(len(names)), 2):
        if x.shape[2 + i] == x.shape[2 + j]:
            words = f"reads its input with the {names[i]} and the {names[j]} swapped"
            yield words, np.swapaxes(x, 2 + i, 2 + j), w, "reads"
    for some in _subsets(x.shape[2:]):
        words = f"reads its input in reverse along the {several([names[i] for i in some])}"
        yield words, np.flip(x, tuple(2 + i for i in some)), w, "reads"


def _other_weights(layer: Layer) -> Iterator[tuple[str, np.ndarray, np.ndarray | None, str]]:
    x, w = layer.x, layer.w
    if w is None:
        return
    names = AXIS_NAMES.get(x.ndim - 2, ())
    for i, j in combinations(range(len(names)), 2):
        if w.shape[2 + i] == w.shape[2 + j]:
            words = f"swaps the {names[i]} and the {names[j]} of its kernel"
            yield words, x, np.swapaxes(w, 2 + i, 2 + j), "reads"
    for some in _subsets(w.shape[2:]):
        words = f"mirrors its kernel along the {several([names[i] for i in some])}"
        yield words, x, np.flip(w, tuple(2 + i for i in some)), "reads"
    for axis in (0, 1):
        for order in _orders(w.shape[axis], layer.groups):
            yield "has its weights in another order of channels", x, np.take(w, order, axis), "numbers"
    if w.shape[0] == w.shape[1]:
        yield "has its weights in another order of channels", x, np.swapaxes(w, 0, 1), "numbers"
    yield "uses the magnitudes of its weights", x, np.abs(w), "numbers"


def _orders(count: int, groups: int) -> list[np.ndarray]:
    """Return the orders that channels end up in: reversed, rolled, and interleaved between groups."""
    plain = np.arange(count)
    orders = [plain[::-1], np.roll(plain, 1), np.roll(plain, -1)]
    for parts in range(2, count):
        if count % parts == 0:
            orders.append(plain.reshape(parts, -1).T.ravel())
    if 1 < groups <= count and count % groups == 0:
        orders.append(plain.reshape(groups, -1)[::-1].ravel())
        orders.append(np.roll(plain, count // groups))
        orders.append(plain.reshape(groups, -1)[:, ::-1].ravel())
    return orders if count > 1 else []


def _subsets(sizes: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return every combination of the axes along which an order can be reversed."""
    axes = [i for i, size in enumerate(sizes) if size > 1]
    return [some for count in range(1, len(axes) + 1) for some in combinations(axes, count)]


def _various(asked: np.ndarray) -> bool:
    """Return whether an output has enough different numbers to confirm a parameter."""
    return len(np.unique(asked[asked != 0])) >= CONFIRMED


def _plain(number: float, rounding: Rounding) -> float:
    """Return the shortest number of few digits that is the same but for rounding, or else the number itself."""
    for digits in range(1, 5):
        short = float(f"{number:.{digits}g}")
        if abs(short - number) <= abs(number) * 2.0 ** (6 - rounding.bits):
            return short
    return number
