"""Compares the outputs of a layer and of its port on random arrays, as closely as rounding allows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..adapters.carrying import SPATIAL, Kernel
from ..adapters.expression import Reading
from ..cases import arithmetic
from ..cases.arithmetic import Invalid
from ..cases.inputs import terms
from ..cases.reference import evaluate
from ..report.findings.to_write import kernel_of
from .scripted import Ran

EPSILON = 2.0**-23  # the distance between neighbouring float32 numbers, as a fraction of the larger
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Check:
    """The comparison of a port with the original: what ran, and the largest difference beside what rounding explains.

    If they do not agree, it is the difference that is furthest from being explained.
    """

    original: str
    port: str
    difference: float
    allowed: float

    @property
    def agrees(self) -> bool:
        """Whether rounding explains every difference."""
        return self.difference <= self.allowed

    def __str__(self) -> str:
        what = f"ran in {self.original} and in {self.port}, on the same random weights and input"
        if math.isinf(self.difference):
            return f"{what}: the outputs have different shapes, or one is not finite"
        return f"{what}: the largest difference is {self.difference:.2g}, where rounding explains {self.allowed:.2g}"


def random_arrays(asked: Reading, weights: tuple[str, ...]) -> Arrays:
    """Return a random input and the named weights, as the original's framework has them."""
    case = asked.case
    random = np.random.RandomState(case.seed)
    x = random.standard_normal((case.batch, case.in_channels, *case.input)).astype(np.float32)
    arrays = {"x": np.ascontiguousarray(np.moveaxis(x, 1, -1)) if _channels_last(asked) else x}
    if "kernel" in weights:
        arrays["kernel"] = random.standard_normal(kernel_of(asked).shape).astype(np.float32)
    if "bias" in weights:
        arrays["bias"] = random.standard_normal(case.out_channels).astype(np.float32)
    return arrays


def compared(asked: Reading, arrays: Arrays, original: Ran, port: Ran) -> Check:
    """Return the comparison of two outputs, both as the original has them."""
    one, other = original.y.astype(np.float64), port.y.astype(np.float64)
    if one.shape != other.shape or not np.isfinite(one - other).all():
        return Check(original.versions, port.versions, math.inf, 0.0)
    difference, limits = np.abs(one - other), allowed(asked, arrays, one)
    beyond = difference - limits
    place = np.unravel_index(np.argmax(beyond if beyond.max() > 0 else difference), difference.shape)
    return Check(original.versions, port.versions, float(difference[place]), float(limits[place]))


def allowed(asked: Reading, arrays: Arrays, y: np.ndarray) -> np.ndarray:
    """Return how far two outputs may be apart by rounding, in the original's layout.

    A sum may be off by (terms + 2) ULP of the sum of the magnitudes of its terms. The activations used here are at most
    twice as steep as the identity, and their own functions differ by a few ULP of numbers around 1.
    """
    case, last = asked.case, _channels_last(asked)
    axes = arithmetic.axes(case)
    assert not isinstance(axes, Invalid)
    x = np.moveaxis(arrays["x"], -1, 1) if last else arrays["x"]
    kernel = np.abs(as_case_has_it(arrays["kernel"], kernel_of(asked))) if "kernel" in arrays else None
    magnitudes = evaluate(case, axes, np.abs(x), kernel)
    if "bias" in arrays:
        magnitudes += np.abs(arrays["bias"]).reshape(1, -1, *(1,) * case.rank)
    limits: np.ndarray = (terms(case) + 2) * EPSILON * (np.moveaxis(magnitudes, 1, -1) if last else magnitudes)
    return 2 * limits + 16 * EPSILON * (1 + np.abs(y)) if asked.dressing.after else limits


def as_case_has_it(array: np.ndarray, kernel: Kernel) -> np.ndarray:
    """Return weights in the order of a case's: (out, in / groups, *kernel), or (in, out / groups, *kernel)."""
    spatial = SPATIAL[kernel.case.rank]
    lead = "IM" if "M" in kernel.axes else "OI" if kernel.case.op == "conv" else "IO"
    ordered = array.transpose([kernel.order.index(letter) for letter in lead + spatial])
    if "M" in kernel.axes:
        ordered = ordered.reshape(-1, 1, *ordered.shape[2:])
    return np.flip(ordered, tuple(range(2, ordered.ndim))) if kernel.mirrored else ordered


def _channels_last(asked: Reading) -> bool:
    return asked.layer is not None and asked.layer.channels_last
