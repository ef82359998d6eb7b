"""Causes for which two layers, or two models, return different numbers though they read the same elements.

A candidate is named only if it turns the one output into the other, within what rounding allows. The functions take
arrays and return a sentence about the second; ``None`` says that no candidate fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np

EPSILONS = (0.0, 1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
LIMITS = (1.0, 6.0)  # of relu1, hardtanh and relu6


def _sigmoid(y: np.ndarray) -> np.ndarray:
    found: np.ndarray = 0.5 * (1 + np.tanh(y / 2))
    return found


def _erf(y: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.vectorize(math.erf, otypes=[float])(y)
    return found


def _softplus(y: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.logaddexp(y, 0)
    return found


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "no activation": lambda y: y,
    "ReLU": lambda y: np.maximum(y, 0),
    "ReLU6": lambda y: np.clip(y, 0, 6),
    "leaky ReLU with a slope of 0.01": lambda y: np.where(y > 0, y, 0.01 * y),
    "leaky ReLU with a slope of 0.1": lambda y: np.where(y > 0, y, 0.1 * y),
    "leaky ReLU with a slope of 0.2": lambda y: np.where(y > 0, y, 0.2 * y),
    "leaky ReLU with a slope of 0.3": lambda y: np.where(y > 0, y, 0.3 * y),
    "ELU": lambda y: np.where(y > 0, y, np.expm1(np.minimum(y, 0))),
    "SELU": lambda y: 1.0507009873554805 * np.where(y > 0, y, 1.6732632423543772 * np.expm1(np.minimum(y, 0))),
    "softplus": _softplus,
    "softsign": lambda y: y / (1 + np.abs(y)),
    "sigmoid": _sigmoid,
    "hard sigmoid (y / 6 + 1 / 2)": lambda y: np.clip(y / 6 + 0.5, 0, 1),
    "hard sigmoid (y / 5 + 1 / 2)": lambda y: np.clip(y / 5 + 0.5, 0, 1),
    "tanh": np.tanh,
    "hardtanh": lambda y: np.clip(y, -1, 1),
    "SiLU (swish)": lambda y: y * _sigmoid(y),
    "hard swish": lambda y: y * np.clip(y / 6 + 0.5, 0, 1),
    "GELU": lambda y: 0.5 * y * (1 + _erf(y / math.sqrt(2))),
    "GELU by tanh": lambda y: 0.5 * y * (1 + np.tanh(math.sqrt(2 / math.pi) * (y + 0.044715 * y**3))),
    "GELU by sigmoid": lambda y: y * _sigmoid(1.702 * y),
    "mish": lambda y: y * np.tanh(_softplus(y)),
}


def cause(asked: np.ndarray, got: np.ndarray, bound: np.ndarray | float, sums: Iterable[np.ndarray] = ()) -> str | None:
    """Return how the second layer differs, as the rest of a sentence about it; None if no candidate fits.

    ``asked`` and ``got`` are the outputs of two layers, of the same shape and (N, C, ...) or flat. ``bound`` is what
    rounding allows between them. ``sums`` are what the outputs may be made from, in the order in which they are tried:
    the outputs without an activation.
    """
    if asked.shape != got.shape or not asked.size or not (np.isfinite(asked).all() and np.isfinite(got).all()):
        return None
    fitting = Fitting(asked, got, np.broadcast_to(bound, asked.shape))
    activation = next((text for plain in sums for text in _activation(fitting, plain)), None)
    return activation or next((text for candidate in CANDIDATES for text in candidate(fitting)), None)


class Fitting:
    """Two outputs that differ, and the rounding allowed between them."""

    def __init__(self, asked: np.ndarray, got: np.ndarray, bound: np.ndarray) -> None:
        self.asked, self.got, self.bound = asked, got, bound

    def explains(self, made: np.ndarray) -> bool:
        """Return whether numbers made from the first output are the second."""
        return bool((np.abs(made - self.got) <= self.bound).all())

    def explained(self, made: np.ndarray) -> bool:
        """Return whether numbers made from the second output are the first."""
        return bool((np.abs(made - self.asked) <= self.bound).all())


def _activation(fitting: Fitting, plain: np.ndarray) -> Iterator[str]:
    if plain.shape != fitting.asked.shape:
        return
    with np.errstate(over="ignore"):
        asked = [name for name, function in ACTIVATIONS.items() if fitting.explained(function(plain))]
        got = [name for name, function in ACTIVATIONS.items() if fitting.explains(function(plain))]
    if len(asked) == 1 and len(got) == 1:
        yield f"applies {got[0]} instead of {asked[0]}"


def _order(fitting: Fitting) -> Iterator[str]:
    """Find the order in which a flat output was flattened, or the channels."""
    asked, got = fitting.asked, fitting.got
    if asked.ndim == 2:
        size = asked.shape[1]
        for channels in (c for c in range(2, size // 2 + 1) if size % c == 0):
            turned = asked.reshape(len(asked), channels, -1).swapaxes(1, 2).reshape(asked.shape)
            if fitting.explains(turned):
                # The same permutation undoes itself, so the arrays alone do not tell which of the two has which order.
                yield "flattens in the other order of channels and space: one has the channels first, the other last"
                return
    if asked.ndim > 1 and asked.shape[1] > 1:
        others = tuple(axis for axis in range(asked.ndim) if axis != 1)
        off = [np.abs(asked - got[:, [i]]).max(axis=others) for i in range(got.shape[1])]
        order = [int(np.argmin(by_channel)) for by_channel in off]
        if sorted(order) == list(range(len(order))) and fitting.explains(asked[:, order]):
            yield f"returns the channels in another order: its channels are the first's {_listed(order)}"


def _listed(order: list[int]) -> str:
    shown = ", ".join(str(i + 1) for i in order[:8])
    return f"{shown}, ..." if len(order) > 8 else shown


def _constant(fitting: Fitting) -> Iterator[str]:
    number = float(fitting.got.flat[0])
    if (fitting.got == number).all() and fitting.got.size > 1:
        yield f"returns {number:g} everywhere"


def _limits(fitting: Fitting) -> Iterator[str]:
    asked, got = fitting.asked, fitting.got
    for limit in (*LIMITS, float(got.max())):
        if fitting.explains(np.minimum(asked, limit)):
            yield f"limits its numbers to at most {limit:g}"
    for limit in (*LIMITS, float(asked.max())):
        if fitting.explained(np.minimum(got, limit)):
            yield f"does not limit its numbers to at most {limit:g}, as the first does"
    for limit in (0.0, *(-limit for limit in LIMITS), float(got.min())):
        if fitting.explains(np.maximum(asked, limit)):
            yield f"limits its numbers to at least {limit:g}"
    for limit in (0.0, *(-limit for limit in LIMITS), float(asked.min())):
        if fitting.explained(np.maximum(got, limit)):
            yield f"does not limit its numbers to at least {limit:g}, as the first does"


def _scale(fitting: Fitting) -> Iterator[str]:
    """Find a factor; if it is that of a batch norm of variance 1 with another epsilon, add that."""
    asked, got = fitting.asked, fitting.got
    factor = _factor(asked, got)
    if factor is not None and fitting.explains(asked * factor):
        pairs = [(one, other) for one in EPSILONS for other in EPSILONS if one != other]
        off, asked_epsilon, epsilon = min((abs(_of_norms(*pair) - factor), *pair) for pair in pairs)
        # The factor is a mean over all numbers, and known better than each of them.
        known = off <= max(float(np.max(fitting.bound)) / float(np.abs(asked).max()) / 4, 1e-9)
        norm = f", as a batch norm of variance 1 does with an epsilon of {epsilon:g} instead of {asked_epsilon:g}"
        yield f"multiplies by {factor:.7g}{norm if known and abs(factor - 1) < 0.01 else ''}"
    elif asked.ndim > 2:
        axes = tuple(a for a in range(asked.ndim) if a != 1)
        squares = (asked * asked).sum(axis=axes, keepdims=True)
        each = (asked * got).sum(axis=axes, keepdims=True) / np.where(squares > 0, squares, 1)
        if fitting.explains(asked * each):
            yield "multiplies each channel by a factor of its own"


def _of_norms(asked_epsilon: float, epsilon: float) -> float:
    return math.sqrt((1 + asked_epsilon) / (1 + epsilon))


def _factor(asked: np.ndarray, got: np.ndarray) -> float | None:
    square = float((asked * asked).sum())
    return float((asked * got).sum()) / square if square else None


def _offset(fitting: Fitting) -> Iterator[str]:
    offset = float(np.median(fitting.got - fitting.asked))
    if fitting.explains(fitting.asked + offset):
        yield f"adds {offset:.7g}"
    elif fitting.asked.ndim > 2:
        axes = tuple(a for a in range(fitting.asked.ndim) if a != 1)
        each = np.median(fitting.got - fitting.asked, axis=axes, keepdims=True)
        if fitting.explains(fitting.asked + each):
            yield "adds a number of its own to each channel, as a bias does"


CANDIDATES = (_constant, _order, _limits, _offset, _scale)
