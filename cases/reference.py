"""The reference answer of a case: its output shape, and its values as evaluated in float64 with NumPy.

It is independent of every adapter and of the sampling arithmetic: operations compute values by padding and slicing,
while their axes compute indices.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from . import arithmetic
from .arithmetic import Invalid
from .case import Case
from .inputs import is_exact, make_arrays, mirrors, terms
from .operations import operation
from .operations.axis import Axis

# Above these limits, about ten seconds and 2 GB of float64, the reference has only a shape and a sampling.
LARGEST_ARRAY = 2**27
LARGEST_WORK = 2**35
LARGEST_KERNEL = 2**14
SAVED_AT_ONCE = 500
PRECISION = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}  # bits of the significand


@dataclass(frozen=True)
class Answer:
    """The meaning of a case: the axes of its windows, its output and its values.

    ``shape`` is (N, C, *spatial). ``digest`` is None if the values are too large to compute. ``decisive`` means that
    equal values prove the sampling: with any window moved by one element, or the kernel flipped along one or more axes,
    or padding of a max pool that counts as 0, the values would differ. ``exact`` means that only equal values are
    right.
    """

    axes: tuple[Axis, ...]
    shape: tuple[int, ...]
    digest: str | None = None
    decisive: bool = False
    exact: bool = True


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
        """Return the digest of the values; None if there is no answer or it is too large to compute."""
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
    """Return a fingerprint of an array's shape and exact values; its dtype and the sign of zero make no difference."""
    plain = np.ascontiguousarray(values, dtype=np.float64) + 0.0
    return hashlib.blake2b(repr(plain.shape).encode() + plain.tobytes(), digest_size=16).hexdigest()


def evaluate(case: Case, case_axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
    """Return the operation's values (N, O, *output) in float64 for any input (N, C, *spatial) and weights."""
    x, w = np.asarray(x, dtype=np.float64), None if w is None else np.asarray(w, dtype=np.float64)
    return operation(case.op).evaluate(case, case_axes, x, w)


def values(case: Case) -> np.ndarray:
    """Return the reference's values for a valid case (N, O, *output), rounded to its dtype, as float64."""
    return rounded(_answer(case), case.dtype)


def tolerance(case: Case) -> np.ndarray:
    """Return how much each value of a case that is not exact may differ: (terms + 2) ULP of the sum of magnitudes.

    If all terms have the same sign, this is the tolerance of WPT (``webnn/resources/utils.js``). If terms cancel, the
    ULP is still that of the sum of their magnitudes, because the partial sums round at that size. The tolerance is at
    most a quarter of that sum: in a narrow dtype, more would accept a sum that stopped growing half way.
    """
    case_axes = arithmetic.axes(case)
    assert not isinstance(case_axes, Invalid)
    x, w = make_arrays(case)
    scale = np.maximum(evaluate(case, case_axes, np.abs(x), None if w is None else np.abs(w)), 1e-30)
    ulp = 2.0 ** (np.floor(np.log2(scale)) - PRECISION[case.dtype] + 1)
    allowed: np.ndarray = np.minimum((terms(case) + 2) * ulp, scale / 4)
    return allowed


def _answer(case: Case) -> np.ndarray:
    case_axes = arithmetic.axes(case)
    if isinstance(case_axes, Invalid):
        raise ValueError(case_axes.reason)
    return evaluate(case, case_axes, *make_arrays(case))


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
    case_axes = arithmetic.axes(case)
    assert not isinstance(case_axes, Invalid)
    x, w = make_arrays(case)
    assert w is not None
    mirrored = np.flip(w, tuple(range(2, w.ndim)))
    return digest(rounded(evaluate(case, case_axes, x, mirrored), case.dtype))


def refer(case: Case) -> Reference:
    """Return the reference of a case."""
    case_axes = arithmetic.axes(case)
    if isinstance(case_axes, Invalid):
        return Reference(None, case_axes.reason)
    shape = (case.batch, case.out_channels) + tuple(axis.output for axis in case_axes)
    if _too_large(case, case_axes, shape):
        return Reference(Answer(case_axes, shape))
    x, w = make_arrays(case)
    answer = evaluate(case, case_axes, x, w)
    decisive = _decisive(case, case_axes, x, w)
    found = digest(rounded(answer, case.dtype))
    return Reference(Answer(case_axes, shape, found, decisive, is_exact(case)))


def _too_large(case: Case, case_axes: tuple[Axis, ...], shape: tuple[int, ...]) -> bool:
    def count(numbers: tuple[int, ...]) -> int:
        return int(np.prod(numbers, dtype=object))

    padded = tuple(max(axis.n, axis.n + max(axis.before, 0) + max(axis.after, 0)) for axis in case_axes)
    whole = tuple(axis.output + abs(axis.before) + abs(axis.after) for axis in case_axes)
    filters = 1 if case.pools else case.out_channels
    channels = 1 if case.pools else case.in_channels // case.groups
    places = (case.batch, case.out_channels) + operation(case.op).places(case, shape[2:])
    arrays = ((case.batch, case.in_channels) + padded, shape[:2] + whole, case.kernel + (channels, filters))
    return (
        max(map(count, arrays)) > LARGEST_ARRAY
        or count(places) * count(case.kernel) * channels > LARGEST_WORK
        or count(case.kernel) > LARGEST_KERNEL
    )


def _decisive(case: Case, case_axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> bool:
    """Return whether moving the windows, flipping the kernel, or padding a max pool with 0 always changes the values.

    Only the first example and the first group or channel are compared: a difference there is enough.
    """
    x, w = operation(case.op).first_group(case, x, w)
    if x.size == 0 or (w is not None and w.size == 0):
        return False
    one = replace(case, groups=1)
    answer = evaluate(one, case_axes, x, w)
    for i, axis in enumerate(case_axes):
        for step in (-1, 1):
            moved = replace(axis, before=axis.before + step, after=axis.after - step)
            if moved.invalid(""):
                continue
            if _alike(evaluate(one, case_axes[:i] + (moved,) + case_axes[i + 1 :], x, w), answer, case):
                return False
        if operation(case.op).selects and _hides_zeros(one, case_axes, i, x, answer):
            return False
    if w is None:
        return True
    # A mathematical convolution flips every axis at once, which leaves [[a, b], [b, a]] unchanged.
    return not any(_alike(evaluate(one, case_axes, x, np.flip(w, flips)), answer, case) for flips in mirrors(case))


def _hides_zeros(case: Case, axes: tuple[Axis, ...], i: int, x: np.ndarray, answer: np.ndarray) -> bool:
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
    return _alike(zeros[tuple(map(slice, answer.shape))], answer, case)


def _alike(one: np.ndarray, other: np.ndarray, case: Case) -> bool:
    """Return whether no comparison could tell two answers apart; approximate if rounding is allowed."""
    if is_exact(case):
        return np.array_equal(one, other)
    allowed = 2.0 ** (2 - PRECISION[case.dtype]) * (terms(case) + 2) * max(np.abs(one).max(), np.abs(other).max())
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
    shape = (case.batch, case.out_channels) + tuple(axis.output for axis in case_axes)
    return Reference(Answer(case_axes, shape))


def _to_text(reference: Reference) -> str:
    """Return the parts of a reference that are expensive to compute, as JSON."""
    return json.dumps([reference.shape, reference.digest, reference.decisive, reference.exact])


def _from_text(case: Case, text: str) -> Reference:
    shape, digest, decisive, exact = json.loads(text)
    case_axes = arithmetic.axes(case)
    if isinstance(case_axes, Invalid):
        raise ValueError("a damaged text: the case has no answer")
    return Reference(Answer(case_axes, tuple(shape), digest, decisive, exact))
