"""The reference answer of a case: its output shape, and its values as evaluated in float64 with NumPy.

It is independent of every adapter and of the sampling arithmetic: operations compute values by padding and slicing,
while their axes compute indices. Of a layer that is too large for that, values at some places are computed from the
elements that the sampling arithmetic gives.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from . import arithmetic
from .arithmetic import Invalid
from .case import Case
from .dtypes import INTEGERS
from .inputs import is_exact, make_arrays, mirrors, terms, weights_shape
from .operations.axis import Axis
from .operations.table import operation
from .places import choose

# Above these limits, about ten seconds and 2 GB of float64, the reference has values at some places only.
LARGEST_ARRAY = 2**27
LARGEST_WORK = 2**35
LARGEST_KERNEL = 2**14
LARGEST_INPUT = 2**27  # elements; above this, the reference of a large layer has no values at all
SAVED_AT_ONCE = 500
PRECISION = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}  # bits of the significand
PRECISION |= dict.fromkeys(INTEGERS, 53)  # as values are carried in float64
LOWEST = {"float64": -1022, "float32": -126, "float16": -14, "bfloat16": -126}  # exponents of the least normal numbers
DIVISION = 2  # ULP by which an average of an exact sum may be off, if the reciprocal of its divisor is rounded too
AT_ONCE = 2**16  # numbers of an array that are copied at a time


@dataclass(frozen=True)
class Answer:
    """The meaning of a case: the axes of its windows, its output and its values.

    ``shape`` is (N, C, *spatial). ``digest`` is that of the values, or of those at the :func:`places` of a large layer;
    it is None if there are none, and ``lacking`` says why. ``decisive`` means that equal values prove the sampling:
    with any window moved by one element, or the kernel flipped along one or more axes, or padding of a max pool that
    counts as 0, the values would differ. ``exact`` means that only equal values are right.
    """

    axes: tuple[Axis, ...]
    shape: tuple[int, ...]
    digest: str | None = None
    decisive: bool = False
    exact: bool = True
    lacking: str = ""


@dataclass(frozen=True)
class Reference:
    """The answer of a case, or the reason why it has none."""

    answer: Answer | None
    reason: str = ""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Return the axes of the answer; none if there is no answer."""
        return self.answer.axes if self.answer else ()

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Return the shape of the answer; None if there is no answer."""
        return self.answer.shape if self.answer else None

    @property
    def digest(self) -> str | None:
        """Return the digest of the values that are compared; None if there is no answer or it has no values."""
        return self.answer.digest if self.answer else None

    @property
    def decisive(self) -> bool:
        """Return whether equal values prove the sampling."""
        return self.answer is not None and self.answer.decisive

    @property
    def exact(self) -> bool:
        """Return whether only equal values are right."""
        return self.answer is None or self.answer.exact


def digest(values: np.ndarray) -> str:
    """Return a fingerprint of an array's shape and exact values; its dtype and the sign of zero make no difference.

    The array is read piece by piece, whatever its layout in memory, because a copy might need more memory than a layer.
    """
    found = hashlib.blake2b(repr(values.shape).encode(), digest_size=16)
    pieces = np.nditer(
        values,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=["readonly"],
        op_dtypes=[np.float64],
        order="C",
        casting="same_kind",
        buffersize=AT_ONCE,
    )
    for piece in pieces:
        found.update((np.asarray(piece) + 0.0).tobytes())
    return found.hexdigest()


def evaluate(case: Case, case_axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
    """Return the operation's values (N, O, *output) in float64 for any input (N, C, *spatial) and weights."""
    x, w = np.asarray(x, dtype=np.float64), None if w is None else np.asarray(w, dtype=np.float64)
    return operation(case.op).evaluate(case, case_axes, x, w)


def places(case: Case, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return the indices (places, rank + 2) of the outputs whose values are compared; None if all of them are.

    ``shape`` is that of an output, which may not be the right one.
    """
    case_axes = arithmetic.axes(case)
    if isinstance(case_axes, Invalid) or not _too_large(case, case_axes):
        return None
    chosen = choose(case, shape)
    return chosen if len(chosen) else None


def values(case: Case) -> np.ndarray:
    """Return the reference's values for a valid case, rounded to its dtype, as float64.

    They are (N, O, *output), or for a large layer those at its :func:`places`.
    """
    return rounded(_compared(case, *make_arrays(case)), case.dtype)


def tolerance(case: Case) -> np.ndarray:
    """Return how much each of the :func:`values` of a case that is not exact may differ.

    It is (terms + 2) ULP of the sum of magnitudes, or of their average. If all terms have the same sign, this is the
    tolerance of WPT (``webnn/resources/utils.js``). If terms cancel, the ULP is still that of the magnitudes, because
    the partial sums round at that size. In a narrow dtype, that may be far too much. So a sum may be off by at most a
    quarter of the magnitudes, because more would accept one that stopped growing half way; and an average by half of
    the difference that one more element along an axis would make to its divisor.
    """
    return _allowed(case, magnitudes(case))


def magnitudes(case: Case) -> np.ndarray:
    """Return the sum, or the average, of the magnitudes of the terms of each of the :func:`values` of a case."""
    x, w = make_arrays(case)
    return _compared(case, np.abs(x), None if w is None else np.abs(w))


def _allowed(case: Case, magnitudes: np.ndarray) -> np.ndarray:
    """Return how much values may differ if the sums, or averages, of the magnitudes of their terms are these."""
    magnitudes = np.maximum(magnitudes, 2.0 ** LOWEST[case.dtype])
    ulp = 2.0 ** (np.floor(np.log2(magnitudes)) - PRECISION[case.dtype] + 1)
    allowed: np.ndarray = (terms(case) + 2) * ulp
    if operation(case.op).divides:
        another_count = magnitudes / ((case.divisor_override or max(case.kernel)) + 1)
        allowed = np.maximum(np.minimum(allowed, another_count / 2), DIVISION * ulp)
    else:
        allowed = np.minimum(allowed, magnitudes / 4)
    return allowed


def _compared(case: Case, x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
    """Return the values that are compared, not rounded, for any input and weights. Raises ValueError if invalid."""
    case_axes = arithmetic.axes(case)
    if isinstance(case_axes, Invalid):
        raise ValueError(case_axes.reason)
    chosen = places(case, _shape(case, case_axes))
    if chosen is None:
        return evaluate(case, case_axes, x, w)
    at = operation(case.op).evaluate_at
    return np.array([at(case, case_axes, tuple(place), x, w) for place in chosen.tolist()])


def _shape(case: Case, case_axes: tuple[Axis, ...]) -> tuple[int, ...]:
    return (case.batch, case.out_channels) + tuple(axis.output for axis in case_axes)


def rounded(exact: np.ndarray, dtype: str) -> np.ndarray:
    """Return values rounded to a dtype, ties to even, as float64."""
    if dtype != "bfloat16":
        return exact.astype(dtype).astype(np.float64)
    bits = exact.astype(np.float32).view(np.uint32)  # NumPy has no bfloat16, which is the upper half of a float32
    halves = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return halves.astype(np.uint32).view(np.float32).astype(np.float64)


@functools.lru_cache(maxsize=256)
def mirrored_digest(case: Case) -> str:
    """Return the digest of the values that a valid case with weights has if its kernel is mirrored along every axis."""
    x, w = make_arrays(case)
    assert w is not None
    mirrored = np.flip(w, tuple(range(2, w.ndim)))
    return digest(rounded(_compared(case, x, mirrored), case.dtype))


def refer(case: Case) -> Reference:
    """Return the reference of a case."""
    case_axes = arithmetic.axes(case)
    if isinstance(case_axes, Invalid):
        return Reference(None, case_axes.reason)
    shape = _shape(case, case_axes)
    large = _too_large(case, case_axes)
    if large and (why := _lacking(case, shape)):
        return Reference(Answer(case_axes, shape, lacking=why))
    x, w = make_arrays(case)
    found = digest(rounded(_compared(case, x, w), case.dtype))
    decisive = not large and _decisive(case, case_axes, x, w)
    return Reference(Answer(case_axes, shape, found, decisive, is_exact(case)))


def _lacking(case: Case, shape: tuple[int, ...]) -> str:
    """Return the reason why not even the values at some places of a large layer can be computed; empty if they can."""
    size = math.prod((case.batch, case.in_channels, *case.input))
    if size > LARGEST_INPUT:
        return f"an input of {size} elements is too large to compute values from"
    size = math.prod(weights_shape(case) or ())
    if size > LARGEST_ARRAY:
        return f"weights of {size} elements are too large to compute values with"
    return "" if len(choose(case, shape)) else f"windows of {terms(case)} elements are too large to compute values of"


def _too_large(case: Case, case_axes: tuple[Axis, ...]) -> bool:
    """Return whether not all values of a valid case can be computed."""
    shape = _shape(case, case_axes)

    padded = tuple(axis.padded for axis in case_axes)
    whole = tuple(axis.output + abs(axis.before) + abs(axis.after) for axis in case_axes)
    filters = 1 if case.pools else case.out_channels
    channels = 1 if case.pools else case.in_channels // case.groups
    places = (case.batch, case.out_channels) + operation(case.op).places(case, shape[2:])
    arrays = ((case.batch, case.in_channels) + padded, shape[:2] + whole, case.kernel + (channels, filters))
    return (
        max(map(math.prod, arrays)) > LARGEST_ARRAY
        or math.prod(places) * math.prod(case.kernel) * channels > LARGEST_WORK
        or math.prod(case.kernel) > LARGEST_KERNEL
    )


def _decisive(case: Case, case_axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> bool:
    """Return whether moving the windows, flipping the kernel, or padding a max pool with 0 always changes the values.

    An average with one element more or less in its divisor has to differ as well.
    Only the first example and the first group or channel are compared: a difference there is enough.
    """
    x, w = operation(case.op).first_group(case, x, w)
    if x.size == 0 or (w is not None and w.size == 0):
        return False
    one = replace(case, groups=1)
    answer = evaluate(one, case_axes, x, w)
    allowed = 0.0
    if not is_exact(case):  # both answers may be off
        magnitudes = evaluate(one, case_axes, np.abs(x), None if w is None else np.abs(w))
        allowed = 2 * float(_allowed(case, magnitudes).max())
    for i, axis in enumerate(case_axes):
        for moved in _moved(axis, case.ceil_mode):
            if _unchanged(one, case_axes[:i] + (moved,) + case_axes[i + 1 :], x, w, answer, allowed):
                return False
        signed = case.dtype != "uint8"  # in which nothing is below 0
        if operation(case.op).selects and signed and _hides_zeros(one, case_axes, i, x, answer, allowed):
            return False
    if operation(case.op).divides and _alike(
        answer, answer * (1 + 1 / (case.divisor_override or terms(case))), allowed
    ):
        return False
    if w is None:
        return True
    # A mathematical convolution flips every axis at once, which leaves [[a, b], [b, a]] unchanged.
    return not any(_unchanged(one, case_axes, x, np.flip(w, flips), answer, allowed) for flips in mirrors(case))


def _moved(axis: Axis, ceil: bool) -> Iterator[Axis]:
    """Yield an axis with its windows moved by one element to either side, or with less cropped behind them."""
    ends = [(axis.before + step, axis.after - step) for step in (-1, 1)]
    if ceil:  # the last window may reach beyond the padding: nothing has to be cropped behind it, and it sees a crop
        ends += [(before, 0) for before, after in ends if after < 0]
        ends += [(axis.before, axis.after + 1)] if axis.after < 0 else []
    for before, after in ends:
        moved = replace(axis, before=before, after=after)
        if not moved.invalid(""):
            yield moved


def _unchanged(
    case: Case, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None, answer: np.ndarray, allowed: float
) -> bool:
    """Return whether no comparison could tell the values along these axes, with these weights, from the answer.

    One output in the middle shows almost every difference, and takes a fraction of the time of all.
    """
    if answer.size and tuple(axis.output for axis in axes) == answer.shape[2:]:
        middle = (0, 0, *(size // 2 for size in answer.shape[2:]))
        if abs(operation(case.op).evaluate_at(case, axes, middle, x, w) - answer[middle]) > 2 * allowed:
            return False
    return _alike(evaluate(case, axes, x, w), answer, allowed)


def _hides_zeros(case: Case, axes: tuple[Axis, ...], i: int, x: np.ndarray, answer: np.ndarray, allowed: float) -> bool:
    """Return whether the values would be the same if the padding along one axis, where windows reach it, counted as 0.

    Ceil mode may find room for a last window in the larger input, which is left out here.
    """
    axis = axes[i]
    before, after = max(axis.before, 0), max(axis.after, 0)
    if not before and (not after or (axis.output - 1) * axis.stride - axis.before + axis.effective <= axis.n):
        return False
    sides = [(0, 0)] * x.ndim
    sides[2 + i] = before, after
    longer = replace(axis, n=axis.n + before + after, before=min(axis.before, 0), after=min(axis.after, 0))
    zeros = evaluate(case, axes[:i] + (longer,) + axes[i + 1 :], np.pad(x, sides), None)
    return _alike(zeros[tuple(map(slice, answer.shape))], answer, allowed)


def _alike(one: np.ndarray, other: np.ndarray, allowed: float) -> bool:
    """Return whether no comparison could tell two answers apart."""
    return one.shape == other.shape and bool((np.abs(one - other) <= allowed).all())


class Store(Protocol):
    """A store of texts by key that outlives the process."""

    def load(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the stored texts of these keys; unknown keys are left out."""

    def save(self, texts: Mapping[str, str]) -> None:
        """Store texts by key."""


class References:
    """The references of cases, each computed once, or once for all runs that share a store.

    Those of cases without ``values`` have only a shape and a sampling, which is fast and enough if no layer was run.
    """

    def __init__(self, store: Store | None = None, values: Callable[[Case], bool] = lambda case: True) -> None:
        self._known: dict[str, Reference] = {}
        self._store, self._values = store, values

    def __getitem__(self, case: Case) -> Reference:
        if case.key not in self._known:
            self._known[case.key] = refer(case) if self._values(case) else _without_values(case)
        return self._known[case.key]

    def load(self, cases: Iterable[Case]) -> list[Case]:
        """Load the references that are in the store, and return the cases whose reference is not."""
        wanted = {case.key: case for case in cases}
        valued = [key for key, case in wanted.items() if self._values(case)]
        for key, text in (self._store.load(valued) if self._store is not None else {}).items():
            with contextlib.suppress(TypeError, ValueError):  # a damaged text counts as missing
                self._known[key] = _from_text(wanted[key], text)
        return [case for key, case in wanted.items() if key not in self._known]

    def compute(self, cases: Iterable[Case]) -> None:
        """Compute references and save those with values in the store; the others are quick to compute again."""
        texts: dict[str, str] = {}
        for case in cases:
            reference = self[case]
            if reference.digest is not None:
                texts[case.key] = _to_text(reference)
            if len(texts) == SAVED_AT_ONCE:
                self._save(texts)
        self._save(texts)

    def _save(self, texts: dict[str, str]) -> None:
        if self._store is not None:
            self._store.save(texts)
        texts.clear()


def _without_values(case: Case) -> Reference:
    case_axes = arithmetic.axes(case)
    if isinstance(case_axes, Invalid):
        return Reference(None, case_axes.reason)
    return Reference(Answer(case_axes, _shape(case, case_axes), lacking="only shapes were asked for"))


def _to_text(reference: Reference) -> str:
    """Return the parts of a reference that are expensive to compute, as JSON."""
    return json.dumps([reference.shape, reference.digest, reference.decisive, reference.exact])


def _from_text(case: Case, text: str) -> Reference:
    shape, digest, decisive, exact = json.loads(text)
    case_axes = arithmetic.axes(case)
    if isinstance(case_axes, Invalid):
        raise ValueError("a damaged text: the case has no answer")
    return Reference(Answer(case_axes, tuple(shape), digest, decisive, exact))
