"""What a case means: its output shape, and its values by a float64 NumPy evaluation.

Independent of every adapter, and of the sampling arithmetic too: it pads and slices, where
:mod:`convparity.cases.arithmetic` computes indices.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from . import arithmetic
from .arithmetic import Axis, Invalid
from .case import Case
from .inputs import make_arrays, mirrors

# Above these the reference says shape and sampling only: about ten seconds and 2 GB of float64.
LARGEST_ARRAY = 2**27
LARGEST_WORK = 2**35
LARGEST_KERNEL = 2**14


@dataclass(frozen=True)
class Reference:
    """The answer that a case has, or why it has none.

    ``shape`` is (N, C, *spatial) or None; ``digest`` is None where there is no answer or it is too large to compute;
    ``decisive`` says that equal values prove the sampling: with any window moved by one element, or the kernel
    flipped along one axis or several, the values would have differed.
    """

    axes: tuple[Axis, ...] | Invalid
    shape: tuple[int, ...] | None = None
    digest: str | None = None
    decisive: bool = False

    @property
    def reason(self) -> str:
        """Why there is no answer; empty where there is one."""
        return self.axes.reason if isinstance(self.axes, Invalid) else ""


def digest(values: np.ndarray) -> str:
    """A fingerprint of an array's shape and exact values; NumPy's dtype and -0.0 make no difference."""
    plain = np.ascontiguousarray(values, dtype=np.float64) + 0.0
    return hashlib.blake2b(repr(plain.shape).encode() + plain.tobytes(), digest_size=16).hexdigest()


def convolve(x: np.ndarray, w: np.ndarray, case_axes: tuple[Axis, ...], groups: int) -> np.ndarray:
    """Cross-correlation in float64: x (N, C, *spatial), w (O, C/groups, *kernel) to (N, O, *output).

    Pads with zeros (or crops), then adds up one strided slice of the input per kernel tap.
    """
    x = np.asarray(x, dtype=np.float64)
    w = np.asarray(w, dtype=np.float64)
    for i, axis in enumerate(case_axes):
        crop = slice(max(-axis.before, 0), max(axis.n - max(-axis.after, 0), 0))
        x = x[(slice(None),) * (2 + i) + (crop,)]
    x = np.pad(x, [(0, 0), (0, 0)] + [(max(axis.before, 0), max(axis.after, 0)) for axis in case_axes])

    batch, channels = x.shape[:2]
    output = tuple(axis.output for axis in case_axes)
    filters = w.shape[0]
    x = x.reshape((batch, groups, channels // groups) + x.shape[2:])
    w = w.reshape((groups, filters // groups) + w.shape[1:])
    result = np.zeros((batch, groups, filters // groups, int(np.prod(output))))
    for tap in np.ndindex(*(axis.kernel for axis in case_axes)):
        window = tuple(
            slice(t * a.dilation, t * a.dilation + (a.output - 1) * a.stride + 1, a.stride)
            for t, a in zip(tap, case_axes)
        )
        patch = x[(slice(None),) * 3 + window].reshape(batch, groups, channels // groups, result.shape[-1])
        result += w[(slice(None),) * 3 + tap] @ patch
    return result.reshape((batch, filters) + output)


def values(case: Case) -> np.ndarray:
    """The reference's values for a valid case, rounded to its dtype, as float64."""
    case_axes = arithmetic.axes(case)
    if isinstance(case_axes, Invalid):
        raise ValueError(case_axes.reason)
    x, w = make_arrays(case)
    return convolve(x, w, case_axes, case.groups).astype(case.dtype).astype(np.float64)


def refer(case: Case) -> Reference:
    """The reference of a case."""
    case_axes = arithmetic.axes(case)
    if isinstance(case_axes, Invalid):
        return Reference(case_axes)
    shape = (case.batch, case.out_channels) + tuple(axis.output for axis in case_axes)
    if _too_large(case, case_axes, shape):
        return Reference(case_axes, shape)
    x, w = make_arrays(case)
    answer = convolve(x, w, case_axes, case.groups)
    rounded = answer.astype(case.dtype)
    return Reference(case_axes, shape, digest(rounded), _decisive(case, case_axes, x, w))


def _too_large(case: Case, case_axes: tuple[Axis, ...], shape: tuple[int, ...]) -> bool:
    def count(numbers: tuple[int, ...]) -> int:
        return int(np.prod(numbers, dtype=object))

    padded = tuple(max(axis.n, axis.n + max(axis.before, 0) + max(axis.after, 0)) for axis in case_axes)
    terms = count(case.kernel) * (case.in_channels // case.groups)
    return (
        max(count(shape), count((case.batch, case.in_channels) + padded), terms * case.out_channels) > LARGEST_ARRAY
        or count(shape) * terms > LARGEST_WORK
        or count(case.kernel) > LARGEST_KERNEL
    )


def _decisive(case: Case, case_axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray) -> bool:
    """Whether every window moved by one element, and every flip of the kernel, changes the values.

    Looks at the first example and the first filter: a difference there is a difference.
    """
    x, w = x[:1, : w.shape[1]], w[:1]
    if x.size == 0 or w.size == 0:
        return False
    answer = convolve(x, w, case_axes, 1)
    for i, axis in enumerate(case_axes):
        for step in (-1, 1):
            moved = replace(axis, before=axis.before + step, after=axis.after - step)
            if np.array_equal(convolve(x, w, case_axes[:i] + (moved,) + case_axes[i + 1 :], 1), answer):
                return False
    # A convolution in the mathematical sense flips every axis at once, which [[a, b], [b, a]] survives.
    return not any(np.array_equal(convolve(x, np.flip(w, flips), case_axes, 1), answer) for flips in mirrors(case))


class References:
    """The reference of each case, computed once."""

    def __init__(self) -> None:
        self._known: dict[str, Reference] = {}

    def __getitem__(self, case: Case) -> Reference:
        if case.key not in self._known:
            self._known[case.key] = refer(case)
        return self._known[case.key]
