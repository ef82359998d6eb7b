"""Arithmetic with less precision than float32 gives: TF32, bfloat16, or the algorithm of Winograd.

Where NumPy gets one side's numbers from the port's own settings and weights, the layer is right, and the other side
computes less exactly. A format is named if inputs and kernel rounded to it give the other side's numbers; if not, the
narrowest bound that the difference keeps is. A product of two rounded numbers is off by 2^-bits at most: TF32 has 10
bits of mantissa, so that rounding to the nearest number puts each of the two off by 2^-11; bfloat16 has 7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ....adapters.models.kinds import CONVOLUTIONS
from ....cases.accelerated import FORMATS, winograd_bounds
from .. import numbers
from ..differing import Differing

MULTIPLIES = {*CONVOLUTIONS, "dense"}


def cause(pair: Differing) -> str:
    """Return the arithmetic that explains a difference, as a sentence; empty if none does."""
    if pair.port.kind not in MULTIPLIES or pair.y.shape != pair.got.shape or pair.y.dtype != np.float32:
        return ""
    try:
        return _cause(pair)
    except (numbers.NotEvaluated, ValueError, KeyError, IndexError):  # settings and weights that do not fit each other
        return ""


def _cause(pair: Differing) -> str:
    settings, kind = pair.port.settings, pair.port.kind
    exact = numbers.evaluate(kind, settings, pair.theirs, pair.xs)
    near = 2 * pair.allowed()
    if numbers.agree(pair.y, exact, near):
        side, seen = "", pair.got
    elif numbers.agree(pair.got, exact, near):
        side, seen = "the original ", pair.y
    else:
        return ""
    for name, bits in FORMATS.items():
        for rounded in (_nearest, _cut):
            xs, kernel = [rounded(x, bits) for x in pair.xs], rounded(pair.theirs["kernel"], bits)
            found = numbers.evaluate(kind, settings, {**pair.theirs, "kernel": kernel}, xs)
            if numbers.agree(seen, found, near):
                return f"{side}multiplies in {name}: with {bits} bits of mantissa, the same layer gives its numbers"
    off = np.abs(seen.astype(np.float64) - exact)
    for name, bound in sorted(_bounds(pair), key=lambda named: float(named[1].mean())):
        if bool((off <= bound + near).all()):
            return f"{side}is as far from the exact sum as {name} explains"
    return ""


def _bounds(pair: Differing) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the largest distances of arithmetics from the exact sum."""
    kernel = np.abs(pair.theirs["kernel"])
    sums = numbers.evaluate(pair.port.kind, pair.port.settings, {"kernel": kernel}, [np.abs(x) for x in pair.xs])
    for name, bits in FORMATS.items():
        yield f"{name} (2^-{bits} of each product)", 2.0**-bits * sums
    settings = pair.port.settings
    if pair.port.kind != "conv" or kernel.shape[2:] != (3, 3) or "mode" in settings:
        return
    if (settings["stride"], settings["dilation"]) != ([1, 1], [1, 1]) or min(map(min, settings["pads"])) < 0:
        return
    padded = np.pad(pair.xs[0], ((0, 0), (0, 0), *((b, a) for b, a in settings["pads"])))
    yield from winograd_bounds(padded, kernel, int(settings["groups"]))


def _bits(change: Callable[[np.ndarray, int], np.ndarray]) -> Callable[[np.ndarray, int], np.ndarray]:
    def rounded(array: np.ndarray, bits: int) -> np.ndarray:
        words, dropped = np.ascontiguousarray(array, np.float32).view(np.uint32), 23 - bits
        return (change(words, dropped) >> dropped << dropped).view(np.float32)

    return rounded


# To the nearest number with so many bits, of two as near as each other the even one, as CPUs do.
_nearest = _bits(lambda words, dropped: words + ((1 << (dropped - 1)) - 1) + ((words >> dropped) & 1))
# Towards zero, as some units do.
_cut = _bits(lambda words, dropped: words)
