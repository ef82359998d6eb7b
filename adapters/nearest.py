"""The nearest padding for a layer that pads or crops both sides of an axis alike, as those of PyTorch and Gluon do.

It is the number that people write where such a framework has no word for a request, or no number for each side.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..cases.case import Case, Sizes
from .conventions import crops, numbers, windows

ONE_NUMBER = "one number for both sides"
PADS_ALIKE = "the layer takes one number per axis and pads both sides alike"
CROPS_ALIKE = "the numbers crop both ends of the output alike"
SAME = ("same", "same_lower")


def conv_padding(case: Case) -> Sizes:
    """Return the padding of a convolution: half the kernel's reach for a word, else :func:`_one_number` per axis."""
    return _reaches(case) if isinstance(case.padding, str) else _one_number(case)


def pool_padding(case: Case, most: Sequence[int]) -> tuple[Sizes, bool]:
    """Return the padding of a pool, at most ``most`` on each axis, and its ceil mode: the request's, unless only the
    other one has the requested shape.
    """
    whole = _reaches(case) if isinstance(case.padding, str) else _one_number(case)
    padding = tuple(map(min, whole, most))
    asked = _outputs(case, numbers(case), case.ceil_mode)
    alike = tuple((pad, pad) for pad in padding)
    fitting = [ceil for ceil in (case.ceil_mode, not case.ceil_mode) if _outputs(case, alike, ceil) == asked]
    return padding, next(iter(fitting), case.ceil_mode)


def crop(case: Case, limits: Sequence[int]) -> tuple[Sizes, Sizes]:
    """Return the padding and output padding of a transposed convolution, each below its limit.

    They make the requested crop if such numbers exist, else as much in total, with the larger part in front.
    """
    padding: list[int] = []
    extra: list[int] = []
    asked = case.output_padding or (0,) * case.rank
    for i, ((before, after), limit) in enumerate(zip(crops(case), limits)):
        near = max(-(-(before + after) // 2), 0)
        if before >= 0 and 0 <= before - after < limit:
            near, more = before, before - after
        elif isinstance(case.padding, str) or 2 * near - before - after < limit:
            more = 2 * near - before - after
        else:
            near, more = max(*case.padding[i], 0), asked[i]
        padding.append(near)
        extra.append(more if more < limit else 0)
    return tuple(padding), tuple(extra)


def _reaches(case: Case) -> Sizes:
    """Return half of the kernel's reach beyond one element, rounded down, for each axis."""
    return tuple(d * (k - 1) // 2 for k, d in zip(case.kernel, case.dilation))


def _one_number(case: Case) -> Sizes:
    """Return one number per axis for pads per side: the smallest that keeps the output size, else the larger side."""
    found: list[int] = []
    for n, (before, after), k, s, d in zip(case.input, numbers(case), case.kernel, case.stride, case.dilation):
        extent = d * (k - 1) + 1
        asked = windows(n, before, after, extent, s, case.ceil_mode)
        if case.ceil_mode:
            least = max(-(-((asked - 2) * s + extent - n + 1) // 2), (asked - 1) * s + 1 - n, 0)
        else:
            least = max(-(-((asked - 1) * s + extent - n) // 2), 0)
        keeps = windows(n, least, least, extent, s, case.ceil_mode) == asked
        found.append(least if keeps else max(before, after, 0))
    return tuple(found)


def _outputs(case: Case, pads: Sequence[tuple[int, int]], ceil: bool) -> list[int]:
    parts = zip(case.input, pads, case.kernel, case.stride, case.dilation)
    return [windows(n, before, after, d * (k - 1) + 1, s, ceil) for n, (before, after), k, s, d in parts]
