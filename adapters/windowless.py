"""Layers that slide no window, as a line of source names them: norms, dense layers, resizes, padding and the like.

Each framework's ``windowless.py`` has a table of them, ``READS``, by the end of their name, and ``write``, which
returns the line of a kind of layer. The kinds and their settings are those of recorded models, in no framework's terms;
a resize also has ``factor``, where the line has one, and ``antialias``.

Pure: the standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..cases.text import count

REQUIRED = object()  # the default of an argument that has none
Given = Mapping[str, Any]  # the values of a line's arguments, by name, with the defaults
Sizes = tuple[int, ...]  # (C, *spatial)
CHANNELS, ALL = "the channels", "all but the batch"  # what a layer norm goes over
# The kinds that each framework's across_channels.py writes.
ACROSS = ("softmax", "prelu", "instance_norm", "depth_to_space", "space_to_depth", "response_norm", "concat")
REARRANGED = ("permute", "reshape")  # those of rearranging.py
ELEMENTWISE = ("combine", "rescale", "normalize")  # those of elementwise.py


class Unread(ValueError):
    """An argument whose value has no answer here. The message says what is expected."""


@dataclass(frozen=True)
class Windowless:
    """One layer or function of a framework: its kind, its arguments in order with their defaults, and its settings.

    ``settings`` raises Unread; a ``kind`` among what it returns is the kind instead. ``value`` is the argument that
    holds what the layer is applied to; empty for a class.
    ``channels`` is the argument that states the channels of the input, or all of its sizes; empty if there is none.
    """

    kind: str
    arguments: Mapping[str, Any]
    settings: Callable[[Given, Sizes], dict[str, Any]]
    value: str = ""
    ignored: frozenset[str] = field(default_factory=frozenset)  # arguments that do not change what is computed
    channels: str = ""


def each(value: Any, rank: int, what: str) -> Sizes:
    """Return one number for each spatial axis. Raise Unread if there are others."""
    numbers = value if isinstance(value, (tuple, list)) else (value,) * rank
    if len(numbers) != rank or not all(isinstance(one, int) and not isinstance(one, bool) for one in numbers):
        raise Unread(f"{what}: {value!r} does not fit; expected a whole number, or {rank} of them")
    return tuple(numbers)


def pairs(value: Any, rank: int, what: str) -> tuple[tuple[int, int], ...]:
    """Return a pair of numbers for each spatial axis, from a number, one for each axis, or a pair for each axis."""
    flat = rank == 1 and isinstance(value, (tuple, list)) and len(value) == 2  # a pair for the only axis
    rows = (value,) if flat else value if isinstance(value, (tuple, list)) else (value,) * rank
    found = [tuple(row) if isinstance(row, (tuple, list)) else (row, row) for row in rows]
    if len(found) != rank or any(len(row) != 2 or not all(isinstance(n, int) for n in row) for row in found):
        raise Unread(f"{what}: {value!r} does not fit; expected a whole number, or a pair for each of {rank} axes")
    return tuple((row[0], row[1]) for row in found)


def spatial_pads(value: Any, sizes: Sequence[int], what: str) -> tuple[tuple[int, int], ...]:
    """Return the pads of the spatial axes, of a pair for each axis, the batch first and the channels last.

    Raise Unread if the batch or the channels are padded.
    """
    rows = pairs(value, len(sizes) + 1, what)
    if any(rows[0]) or any(rows[-1]):
        raise Unread(f"{what}: pads the batch or the channels, and expected were pads of the spatial axes alone")
    return rows[1:-1]


def pad_mode(word: Any, modes: Mapping[str, str]) -> str:
    """Return a padding mode, in no framework's terms. Raise Unread for a word that has no answer here."""
    if word not in modes:
        raise Unread(f"mode: {word!r} has no answer here; expected one of {', '.join(modes)}")
    return modes[word]


def resized(sizes: Sequence[int], factor: Any, what: str) -> tuple[Sizes, Sizes]:
    """Return the sizes after a resize by a factor, and the factor of each axis. Raise Unread for a fraction."""
    whole = int(factor) if isinstance(factor, float) and factor.is_integer() else factor
    factors = each(whole, len(sizes), what)
    return tuple(n * f for n, f in zip(sizes, factors)), factors


def axis_of(value: Any, axes: int, what: str) -> int:
    """Return an axis counted from 0. Raise Unread if an input of so many axes, with the batch, has none such."""
    if not isinstance(value, int) or isinstance(value, bool) or not -axes <= value < axes:
        raise Unread(f"{what}: {value!r} does not fit; expected one axis from {-axes} to {axes - 1}")
    return value % axes


def groups_of(value: Any, sizes: Sequence[int], what: str) -> int:
    """Return a number of groups. Raise Unread if the channels cannot be divided into so many."""
    groups = each(value, 1, what)[0]
    if groups < 1 or sizes[0] % groups:
        raise Unread(f"{what}: {groups} does not divide the {count(sizes[0], 'channel')} of the input")
    return groups


def blocks(value: Any, sizes: Sequence[int], what: str, to_space: bool) -> int:
    """Return the side of a block of pixels. Raise Unread if the channels, or the sizes, are not whole blocks."""
    block = each(value, 1, what)[0]
    if len(sizes) != 3 or block < 1:
        raise Unread(f"{what}: {value!r} does not fit; expected a whole number above 0, and an image as the input")
    if to_space and sizes[0] % block**2:
        raise Unread(f"{what}: {block} does not fit the input, whose {sizes[0]} channels are no multiple of {block**2}")
    if not to_space and any(size % block for size in sizes[1:]):
        raise Unread(
            f"{what}: {block} does not fit the input, whose sizes {sizes[1]}x{sizes[2]} are no multiples of it"
        )
    return block


def one_order(sizes: Sequence[int]) -> bool:
    """Return whether an input (C, *spatial) has the same order with its channels first and last."""
    return sizes[0] == 1 or math.prod(sizes[1:]) == 1


def rounded(value: float) -> float:
    """Return a number without the digits that a division and a multiplication leave at its end."""
    return float(f"{value:.12g}")


def one_or_all(numbers: Sequence[int]) -> int | Sizes:
    """Return the number that all are, or all of them."""
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)
