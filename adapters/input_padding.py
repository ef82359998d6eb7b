"""The padding of a layer's input, which frameworks that have no mode for each axis do in one step for each mode.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import replace

from ..cases.case import Case, Pads, joined_modes
from ..cases.operations.axis import MODES
from .conventions import WORDS, numbers


def input_pads(case: Case) -> Pads:
    """Return the padding of a case's input in numbers. Raises KeyError for an unknown word."""
    return (case.input_padding or ((0, 0),) * case.rank) if case.op == "conv_transpose" else numbers(case)


def one_mode(case: Case) -> Case:
    """Return a case with one padding mode for all axes, if it has one for each and those that are padded agree."""
    if isinstance(case.padding_mode, str) or not _settled(case):
        return case
    modes = joined_modes(mode if max(pad) > 0 else "" for mode, pad in zip(case.modes, input_pads(case)))
    return replace(case, padding_mode=modes)


def edge_repeated(case: Case) -> Case:
    """Return a case with symmetric padding by at most one element as repeating the edge, which is the same."""
    if "symmetric" not in case.modes or not _settled(case):
        return case
    modes = [
        "replicate" if mode == "symmetric" and max(pad) <= 1 else mode
        for mode, pad in zip(case.modes, input_pads(case))
    ]
    return one_mode(replace(case, padding_mode=tuple(modes)))


def _settled(case: Case) -> bool:
    """Return whether it is known how much each axis is padded and with what; that of a hostile case may not be."""
    known = not isinstance(case.padding, str) or case.padding in WORDS
    return known and len(case.modes) == case.rank and set(case.modes) <= set(MODES) and min(case.stride, default=0) > 0


def by_mode(case: Case, pads: Pads) -> list[tuple[str, Pads]]:
    """Return each padding mode of a case that has anything to pad, and the pads of its axes alone."""
    parts = [
        (mode, tuple(pad if own == mode else (0, 0) for own, pad in zip(case.modes, pads)))
        for mode in dict.fromkeys(case.modes)
    ]
    return [(mode, part) for mode, part in parts if any(map(any, part))]


def of_padded_input(case: Case) -> Case:
    """Return a transposed convolution without the padding of its input, on the padded input."""
    sizes = tuple(n + before + after for n, (before, after) in zip(case.input, input_pads(case)))
    return replace(case, input=sizes, input_padding=None, padding_mode="zeros")
