"""Layers that work on each element alone: sums of two inputs, rescaling, and normalization by given numbers.

Pure: the standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Union

from .windowless import Given, Sizes, Unread, rounded

Numbers = Union[float, tuple[float, ...]]  # one for all channels, or one for each
OPERATORS = {"add": "a + b", "subtract": "a - b", "multiply": "a * b", "average": "(a + b) / 2"}
COMBINED = (*OPERATORS, "maximum", "minimum")


def numbers(value: Any, sizes: Sizes, what: str) -> Numbers:
    """Return a number for all channels, or one for each. Raise Unread if there are others."""
    given = value if isinstance(value, (tuple, list)) else (value,)
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one) for one in given):
        raise Unread(f"{what}: {value!r} does not fit; expected a number, or one for each channel")
    found = tuple(float(one) for one in given)
    if len(found) == 1 or len(set(found)) == 1:
        return found[0]
    if len(found) != sizes[0]:
        raise Unread(f"{what}: {len(found)} numbers do not fit the {sizes[0]} channels of the input")
    return found


def rescale(given: Given, sizes: Sizes) -> dict[str, Any]:
    """Return the settings of a rescaling. Raise Unread."""
    return {name: numbers(given[name], sizes, name) for name in ("scale", "offset")}


def normalize(mean: Any, spread: Any, sizes: Sizes, what: str) -> dict[str, Any]:
    """Return the settings of a normalization; ``what`` says whether ``spread`` is its variance, or its deviation.

    Raise Unread for numbers that are not given, or for a spread that is not above 0.
    """
    for name, value in (("mean", mean), (what, spread)):
        if value is None:
            raise Unread(f"{name}: is not given; expected the numbers that the layer has, such as after adapt()")
    deviation = numbers(spread, sizes, what)
    if min(deviation if isinstance(deviation, tuple) else (deviation,)) <= 0:
        raise Unread(f"{what}: {spread!r} does not fit; expected numbers above 0")
    if what == "variance":
        deviation = each(deviation, lambda one: rounded(math.sqrt(one)))
    return {"mean": numbers(mean, sizes, "mean"), "deviation": deviation}


def each(value: Numbers, function: Any) -> Numbers:
    """Return a function of each of some numbers."""
    return tuple(map(function, value)) if isinstance(value, tuple) else function(value)


def combined(operation: str, namespace: str) -> str:
    """Return the value of two inputs ``a`` and ``b`` where a framework has NumPy's functions under a name."""
    return OPERATORS.get(operation, f"{namespace}.{operation}(a, b)")


def rescaled(settings: Mapping[str, Any], array: str) -> str:
    """Return ``x`` rescaled; ``array`` is the source of an array of one number for each channel, without the list."""
    scale, offset = settings["scale"], settings["offset"]
    line = "x" if scale == 1 else f"x / {text(1 / scale)}" if inverse(scale) else f"x * {_array(scale, array)}"
    if isinstance(offset, tuple):
        return f"{line} + {_array(offset, array)}"
    return line if offset == 0 else f"{line} {'-' if offset < 0 else '+'} {text(abs(offset))}"


def normalized(settings: Mapping[str, Any], array: str) -> str:
    """Return ``x`` without its mean, divided by its standard deviation; ``array`` is as for :func:`rescaled`."""
    mean, deviation = settings["mean"], settings["deviation"]
    line = "x" if mean == 0 else f"(x - {_array(mean, array)})"
    return line if deviation == 1 else f"{line} / {_array(deviation, array)}"


def inverse(scale: Numbers) -> bool:
    """Return whether people write a scale as a division, as 1 / 255."""
    return isinstance(scale, float) and scale != 0 and _short(1 / scale) and not _short(scale)


def text(value: float) -> str:
    """Return a number as people write it: 255 for 255.0, and no digits that a division left at its end."""
    near = rounded(value)
    return str(int(near)) if near == int(near) and abs(near) < 1e15 else repr(near)


def listed(value: Numbers) -> str:
    """Return numbers as the source of a number or a list."""
    return f"[{', '.join(map(text, value))}]" if isinstance(value, tuple) else text(value)


def _short(value: float) -> bool:
    return math.isclose(value, round(value, 3), rel_tol=1e-9)


def _array(value: Numbers, array: str) -> str:
    if isinstance(value, tuple):
        return array.format(listed(value))
    return text(value) if value >= 0 else f"({text(value)})"
