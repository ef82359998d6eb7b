"""Sentences about the input sizes for which a difference holds.

Pure.
"""

from __future__ import annotations


def by_residue(differs: dict[int, bool], stride: int, pools: bool) -> str:
    """Return a sentence with ``{}`` for the axis that says which residues differ and which agree.

    For a pool, only the elements read are said to agree.
    """
    diverging = sorted(residue for residue, different in differs.items() if different)
    agreeing = sorted(set(differs) - set(diverging))
    if not agreeing:
        return "differs at every {}"
    if stride == 2:
        parity = ("even", "odd")
        same = "the same elements are read" if pools else "the two agree"
        return f"differs at every {parity[diverging[0]]} {{}}; at {parity[agreeing[0]]} ones {same}"
    same = "reads the same elements" if pools else "agrees"
    return (
        f"differs where the {{}} modulo {stride} is {_alternatives(diverging)}; {same} where it is "
        f"{_alternatives(agreeing)}"
    )


def _alternatives(numbers: list[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} or {last}" if first else last
