"""How far the arithmetic of an accelerator, which may be less exact than that of float32, may be off.

A device may round each factor to a narrower format, or compute a convolution by Winograd's algorithm. Either is named
by the bound that follows from it, and the numbers are right if they are within that bound.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from . import arithmetic, winograd
from .case import Case
from .inputs import make_arrays
from .reference import magnitudes, places

# Bits of the mantissa. The product of two numbers that are rounded to so many is off by 2^-bits of it at most.
FORMATS = {"TF32": 10, "bfloat16": 7}
UNIT = 2.0**-24  # what one rounding to float32 is off by, relatively


def of_winograd(m: int) -> str:
    """Return the name of Winograd's algorithm for outputs in tiles of m x m."""
    return f"Winograd's F({m}x{m},3x3)"


def winograd_bounds(x: np.ndarray, kernel: np.ndarray, groups: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield how far the algorithm may be off for a padded input (N, in, H, W) and a kernel (out, in/groups, 3, 3)."""
    for m in winograd.TRANSFORMS:
        sizes = winograd.magnitudes(x, kernel, groups, m)
        yield of_winograd(m), winograd.roundings(m, kernel.shape[1]) * UNIT * sizes


def bounds(case: Case) -> list[tuple[str, np.ndarray]]:
    """Return how far each of a valid case's values (``reference.values``) may be off, the narrowest bound first.

    There are none for pools, which multiply nothing, and for other dtypes than float32.
    """
    if case.pools or case.dtype != "float32":
        return []
    sums = magnitudes(case)
    found = [("TF32", 2.0 ** -FORMATS["TF32"] * sums), *_of_winograd(case)]
    return sorted(found, key=lambda named: float(named[1].mean()))


def _of_winograd(case: Case) -> Iterator[tuple[str, np.ndarray]]:
    axes = arithmetic.axes(case)
    if isinstance(axes, arithmetic.Invalid) or case.op != "conv" or case.kernel != (3, 3) or not case.pads_zeros:
        return
    pads = [axis.pads for axis in axes]
    if (case.stride, case.dilation) != ((1, 1), (1, 1)) or min(map(min, pads)) < 0:
        return
    if places(case, (case.batch, case.out_channels, *(axis.output for axis in axes))) is not None:
        return
    x, w = make_arrays(case)
    assert w is not None
    yield from winograd_bounds(np.pad(x, ((0, 0), (0, 0), *pads)), w, case.groups)
