"""Reshapes and transposes between frameworks that have the channels first and those that have them last.

Pure: the standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .windowless import REQUIRED, Given, Sizes, Unread, Windowless, axis_of, one_order

Step = tuple[str, tuple[int, ...]]  # ("permute", all axes) or ("reshape", the sizes without the batch)
PERMUTE, RESHAPE = "permute", "reshape"


def first_to_last(axes: int) -> tuple[int, ...]:
    """Return the permutation of so many axes, with the batch, that moves the channels from the front to the end."""
    return (0, *range(2, axes), 1) if axes > 1 else (0,)


def last_to_first(axes: int) -> tuple[int, ...]:
    """Return the permutation of so many axes, with the batch, that moves the channels from the end to the front."""
    return (0, axes - 1, *range(1, axes - 1)) if axes > 1 else (0,)


def reshape(value: Any, sizes: Sizes, what: str, last: bool, batch: bool) -> dict[str, Any]:
    """Return the settings of a reshape to a shape as a line gives it; ``batch`` says whether that begins with it.

    ``last`` says whether the line counts the channels last. Raise Unread for a shape that does not fit the input.
    """
    given = value if isinstance(value, (tuple, list)) else (value,)
    if not given or not all(isinstance(one, int) and not isinstance(one, bool) for one in given):
        raise Unread(f"{what}: {value!r} does not fit; expected whole numbers")
    shape = tuple(given[1:] if batch else given)
    total, known = math.prod(sizes), math.prod(one for one in shape if one != -1)
    if -1 in shape and shape.count(-1) == 1 and known > 0 and total % known == 0:
        shape = tuple(total // known if one == -1 else one for one in shape)
    if min(shape, default=0) < 1 or math.prod(shape) != total:
        raise Unread(f"{what}: {value!r} does not fit the input, which has {total} elements")
    if len(shape) == 1:
        return {"kind": "flatten", "last": last}
    return {"shape": shape, "last": last}


def permute(value: Any, sizes: Sizes, what: str, last: bool, batch: bool) -> dict[str, Any]:
    """Return the settings of a transpose, whose axes a line counts from 0 with the ``batch``, or from 1 without it.

    Raise Unread for axes that are no permutation, or that move the batch.
    """
    axes = len(sizes) + 1
    turned = tuple(range(axes))[::-1]  # as NumPy's transpose does without axes
    given = turned if value is None else value if isinstance(value, (tuple, list)) else (value,)
    found = tuple(axis_of(one, axes, what) for one in given)
    found = found if batch else (0, *found)
    if sorted(found) != list(range(axes)):
        start = 0 if batch else 1
        raise Unread(f"{what}: {value!r} does not fit the input; expected each axis from {start} to {axes - 1} once")
    if found[0] != 0:
        raise Unread(f"{what}: {value!r} moves the batch, and expected was axis 0 in its place")
    return {"axes": found, "last": last}


def reshapes(value: str, shape: str, *, last: bool) -> Windowless:
    """Return a reshape whose arguments have these names; without a ``value``, its shape has no batch."""

    def settings(given: Given, sizes: Sizes) -> dict[str, Any]:
        return reshape(given[shape], sizes, shape, last, bool(value))

    return Windowless(RESHAPE, _required(value, shape), settings, value, channels=shape)


def permutes(value: str, axes: str, *, last: bool, optional: bool = False) -> Windowless:
    """Return a transpose whose arguments have these names; without a ``value``, its axes count from 1.

    ``optional`` says whether the axes have a default, the reverse of all.
    """

    def settings(given: Given, sizes: Sizes) -> dict[str, Any]:
        return permute(given[axes], sizes, axes, last, bool(value))

    default = {axes: None} if optional else {}
    return Windowless(PERMUTE, {**_required(value, axes), **default}, settings, value)


def steps(kind: str, settings: Mapping[str, Any], sizes: Sequence[int], last: bool) -> list[Step]:
    """Return what a reshape or transpose is in a framework that has its channels ``last``, or first.

    ``sizes`` are (C, *spatial). What the line's framework counts as the channels of the output is so in this one too.
    """
    own = settings["last"]
    if kind == PERMUTE:
        axes = settings["axes"]
        here = tuple(axes) if own == last else elsewhere(axes, own)
        return [(PERMUTE, here)] if here != tuple(range(len(axes))) else []
    made = image(settings)
    here = (*made[1:], made[0]) if last else made
    vectors = one_order(sizes), one_order(made)  # which are the same in both layouts
    if own == last or made[0] == sizes[0] or all(vectors):
        return [(RESHAPE, here)]
    into, back = (first_to_last, last_to_first) if own else (last_to_first, first_to_last)
    before = [] if vectors[0] else [(PERMUTE, into(len(sizes) + 1))]
    after = [] if vectors[1] else [(PERMUTE, back(len(made) + 1))]
    return [*before, (RESHAPE, settings["shape"] if after else here), *after]


def changes_layout(settings: Mapping[str, Any], last: bool) -> bool:
    """Return whether a transpose moves the channels to where a framework has them, which has them ``last`` or first."""
    axes: tuple[int, ...] = settings["axes"]
    moved = first_to_last(len(axes)) if last else last_to_first(len(axes))
    return len(axes) > 2 and settings["last"] != last and axes == moved


def image(settings: Mapping[str, Any]) -> Sizes:
    """Return the sizes (C, *spatial) of what a reshape makes."""
    shape: tuple[int, ...] = settings["shape"]
    return (shape[-1], *shape[:-1]) if settings["last"] else shape


def moved(settings: Mapping[str, Any], sizes: Sequence[int]) -> Sizes:
    """Return the sizes (C, *spatial) of what a transpose makes."""
    own = settings["last"]
    axes = elsewhere(settings["axes"], own) if own else settings["axes"]
    return tuple(sizes[axis - 1] for axis in axes[1:])


def vector(value: Any, batch: bool, last: bool) -> Sizes:
    """Return the elements of the vector that a line makes an image of, or the channels that it leaves as they are.

    Empty if the shape is none that is known.
    """
    shape = value[1:] if batch and isinstance(value, tuple) else value
    if not isinstance(shape, tuple) or len(shape) < 2 or not all(isinstance(one, int) for one in shape):
        return ()
    channels = shape[-1] if last else shape[0]
    return (math.prod(shape),) if min(shape) > 0 else (channels,) if channels > 0 else ()


def methods(steps: Sequence[Step], permute: str, reshape: str, *, tuples: bool = True) -> str:
    """Return steps as calls of the methods of ``x`` that have these names, which take a tuple or, if not, numbers."""
    line = "x"
    for step, numbers in steps:
        told = ", ".join(map(str, numbers if step == PERMUTE else (-1, *numbers)))
        line += f".{permute if step == PERMUTE else reshape}({f'({told})' if tuples else told})"
    return line


def elsewhere(axes: Sequence[int], own: bool) -> tuple[int, ...]:
    """Return a permutation in the other layout than that in which the line counts its axes."""
    places = first_to_last(len(axes)) if own else last_to_first(len(axes))  # of the line's axes, in the other layout
    return tuple(places[axes[places.index(axis)]] for axis in range(len(axes)))


def _required(*names: str) -> dict[str, Any]:
    return {name: REQUIRED for name in names if name}
