"""What padding words amount to in numbers, as a port has to write them.

Written from XLA's own description of SAME and not from ``convparity.cases``: the reference shares no code with the
adapters, so that a mistake on one side shows as a divergence.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from ..cases.case import Case, Pads

WORDS = ("valid", "same", "same_lower", "causal")


def same_pads(case: Case) -> Pads:
    """The pads of XLA's SAME for this case's sizes: just enough that every s-th element starts a window."""
    pads: list[tuple[int, int]] = []
    for n, k, s, d in zip(case.input, case.kernel, case.stride, case.dilation):
        last_start = (n - 1) // s * s
        reach = last_start + d * (k - 1)
        missing = max(reach - (n - 1), 0)
        pads.append((missing // 2, missing - missing // 2))
    return tuple(pads)


def numbers(case: Case) -> Pads:
    """The padding of a case in numbers: its own, or what its word amounts to. Raises KeyError on another word."""
    if not isinstance(case.padding, str):
        return case.padding
    same = same_pads(case)
    return {
        "valid": ((0, 0),) * case.rank,
        "same": same,
        "same_lower": tuple((after, before) for before, after in same),
        "causal": tuple((d * (k - 1), 0) for k, d in zip(case.kernel, case.dilation)),
    }[case.padding]


def lacking(word: str, words: tuple[str, ...]) -> bool:
    """Whether a framework of these padding words has none for one of ours; words of nobody are its to refuse."""
    return word in WORDS and word not in words


def symmetric(pads: Pads) -> bool:
    """Whether each axis is padded alike on both sides."""
    return all(before == after for before, after in pads)
