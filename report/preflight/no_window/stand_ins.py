"""The answer for a line without a window whose input was not given, for sizes that the line says or can have."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ....adapters.missing_input import CHANNELS, RANKS, SIDE, standing_in
from ....adapters.reading.literals import dotted
from ....adapters.reading.source import Source
from ....cases.errors import InputError
from .answers import answers, call_of
from .batch_norms import channels_of, norm_of
from .others import ranks, stated

MOST_PIXELS = 16  # the largest side of a block of pixels for which an input is looked for


def without_input(line: str, adapters: Sequence[str] | None = None) -> list[str] | None:
    """Return the answer for a line on an input that stands for the missing one; None if it is no layer known here.

    A sentence about that input comes last where the answer for another one is another. Raise InputError.
    """
    call = call_of(line)
    if call is None:
        return None
    name = dotted(call.func)
    said, possible = _stated(line, call, name), ranks(call, name)
    first: InputError | None = None
    for sizes in _inputs(said, possible):
        try:
            lines = answers(line, sizes, adapters)
        except InputError as error:
            first = first or error
            continue
        if not lines or len(said) > 1:
            return lines
        free = not said and _differs(line, adapters, lines, (2 * sizes[0], *sizes[1:]))
        if free or any(_differs(line, adapters, lines, other) for other in _others(sizes, possible)):
            return [*lines, "", standing_in(sizes, sizes[0] if free else 0)]
        return lines
    assert first is not None
    raise first


def _stated(line: str, call: ast.Call, name: str) -> tuple[int, ...]:
    """Return the channels that a line says its input has, or all of its sizes; empty if it says none."""
    try:
        if package := norm_of(line, call, name):
            channels = channels_of(call, package)
            return (channels,) if channels else ()
        return stated(Source(line), call, name)
    except InputError:  # which the answer raises as well
        return ()


def _inputs(said: tuple[int, ...], possible: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield inputs with the channels that are said, or with all sizes, the likeliest first."""
    if len(said) > 1:
        yield said
        return
    for rank in (rank for rank in RANKS if rank in possible):
        yield (said or (CHANNELS,))[0], *(SIDE,) * rank
    if said and 0 in possible:
        yield said
    for block in range(2, MOST_PIXELS + 1):  # what a pixel shuffle needs, of the sizes or of the channels
        side = SIDE // block * block
        yield CHANNELS, side, side
        yield CHANNELS * block**2, side, side


def _others(sizes: tuple[int, ...], possible: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield inputs of the same channels with other sizes: twice as large, and with more and fewer axes."""
    channels, *spatial = sizes
    yield channels, *(2 * size for size in spatial)
    for rank in possible:
        if rank != len(spatial):
            yield channels, *(SIDE,) * rank


def _differs(line: str, adapters: Sequence[str] | None, lines: list[str], sizes: tuple[int, ...]) -> bool:
    """Return whether a line has another answer on another input; not where it can have no such input."""
    try:
        return answers(line, sizes, adapters) != lines
    except InputError:
        return False
