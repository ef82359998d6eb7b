"""The input of lines that were asked about without one: what they say of it, and otherwise one that stands for it.

Pure.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ..cases.errors import InputError
from .expression import read
from .reading.source import Source

SIDE = 64  # elements along each axis; even, because padding words differ from numbers at even sizes
CHANNELS = 3
RANKS = (2, 1, 3)  # in the order in which they are tried
STATED = ("input_shape", "batch_input_shape", "batch_shape")  # of Keras layers, with the channels last
Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Missing:
    """An input that stands for the missing one, and a sentence about it for the reader of the answer.

    ``windowless`` says that the line could not be read, so that it is perhaps a layer without a window.
    """

    input: Sizes
    aside: str
    windowless: bool = False


def missing_input(lines: Sequence[str], weights: Sizes | None = None) -> Missing:
    """Return an input that all lines can have, by what they say of its channels and sizes.

    Raise InputError for a line that cannot be read on any.
    """
    for line in lines:
        if stated := _stated(line):
            return Missing(stated, f"The line says that its input is {_text(stated)}.")
    for rank in RANKS:
        sizes = with_channels(lines, (SIDE,) * rank, weights, CHANNELS)
        if all(_reads(line, sizes, weights, rank) for line in lines):
            return Missing(sizes, _aside(lines, sizes, weights))
    for line in lines:
        read(line, (SIDE,) * RANKS[0], weights)  # which raises the error
    raise InputError(["--input is missing, and no input fits all of the lines; give one, such as --input 3x512x512"])


def stand_in() -> Missing:
    """Return an image that stands for the missing input of a line without a window."""
    sizes = (CHANNELS, *(SIDE,) * RANKS[0])
    return Missing(sizes, standing_in(sizes, CHANNELS), windowless=True)


def standing_in(input: Sizes, channels: int = 0) -> str:
    """Return the sentence about an input that stands for a missing one, and about ``channels`` that nobody said."""
    size = f"The size of the input was not given, so this is for {_text(input)}; --input gives another."
    return f"{size} Write your number of channels in place of {channels}." if channels else size


def without_channels(numbers: int) -> Missing:
    """Return spatial sizes for a kernel of so many numbers; that of one is as long along both axes of an image."""
    sizes = (SIDE,) * (RANKS[0] if numbers == 1 else numbers)
    return Missing(sizes, standing_in(sizes))


def with_channels(lines: Sequence[str], sizes: Sizes, weights: Sizes | None = None, otherwise: int = 0) -> Sizes:
    """Return spatial sizes with the channels in front that one of the lines says, or ``otherwise`` if none does.

    Sizes that have channels already, and those that no number of channels fits, are returned unchanged.
    """
    if not all(_reads(line, sizes, weights, len(sizes)) for line in lines):
        return sizes
    said = [channels for line in lines if (channels := _channels(line, sizes, weights))]
    if otherwise and not said:
        said = [otherwise, *(read(line, sizes, weights).case.in_channels for line in lines)]  # as few as groups allow
    for channels in said:
        if all(_reads(line, (channels, *sizes), weights, len(sizes)) for line in lines):
            return channels, *sizes
    return sizes


def _channels(line: str, sizes: Sizes, weights: Sizes | None) -> int:
    """Return the number of channels that a line says its input has; 0 if it says none."""
    own = read(line, sizes, weights).case.in_channels
    return 0 if _reads(line, (2 * own, *sizes), weights, len(sizes)) else own


def _reads(line: str, input: Sizes, weights: Sizes | None, rank: int) -> bool:
    """Return whether a line can be read on an input, of which so many sizes are spatial."""
    try:
        return read(line, input, weights).case.rank == rank
    except InputError:
        return False


def _aside(lines: Sequence[str], input: Sizes, weights: Sizes | None) -> str:
    case = read(lines[0], input, weights).case
    free = not case.pools and not any(_channels(line, case.input, weights) for line in lines)
    return standing_in(input, case.in_channels if free else 0)


def _text(input: Sizes) -> str:
    return "x".join(map(str, input))


def _stated(line: str) -> Sizes | None:
    """Return the input that a Keras line states, with its channels in front; None if it states none that is known."""
    try:
        nodes = [node for statement in Source(line).statements for node in ast.walk(statement)]
    except (InputError, ValueError, RecursionError, MemoryError):
        return None
    given = {node.arg: node.value for node in nodes if isinstance(node, ast.keyword)}
    name = next((name for name in STATED if name in given), None)
    if name is None:
        return None
    try:
        shape = ast.literal_eval(given[name])
        sizes = [SIDE if size is None else int(size) for size in (shape if name == STATED[0] else shape[1:])]
    except (TypeError, ValueError, RecursionError, MemoryError):
        return None
    first = isinstance(layout := given.get("data_format"), ast.Constant) and layout.value == "channels_first"
    if len(sizes) < 2 or min(sizes) < 1:
        return None
    return tuple(sizes if first else [*sizes[-1:], *sizes[:-1]])
