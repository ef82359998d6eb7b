"""The numbers that padding words and pools stand for, as a port has to write them.

This follows XLA's own description of SAME and PyTorch's of its pools, not ``convparity.cases``: the reference shares no
code with the adapters, so that a mistake on one side shows as a divergence.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import math
from dataclasses import replace

from ..cases.case import Case, Pads

WORDS = ("valid", "same", "same_lower", "causal")
INTEGERS = {"float16": 2**11, "bfloat16": 2**8}  # a narrow dtype holds every integer up to this


def same_pads(case: Case) -> Pads:
    """Return the pads of XLA's SAME for this case's sizes: just enough that every s-th element starts a window."""
    pads: list[tuple[int, int]] = []
    for n, k, s, d in zip(case.input, case.kernel, case.stride, case.dilation):
        last_start = (n - 1) // s * s
        reach = last_start + d * (k - 1)
        missing = max(reach - (n - 1), 0)
        pads.append((missing // 2, missing - missing // 2))
    return tuple(pads)


def numbers(case: Case) -> Pads:
    """Return the padding of a case in numbers, resolving a padding word. Raises KeyError for an unknown word."""
    if not isinstance(case.padding, str):
        return case.padding
    same = same_pads(case)
    return {
        "valid": ((0, 0),) * case.rank,
        "same": same,
        "same_lower": tuple((after, before) for before, after in same),
        "causal": tuple((d * (k - 1), 0) for k, d in zip(case.kernel, case.dilation)),
    }[case.padding]


def onnx_crops(size: int, output: int, odd_after: bool) -> tuple[tuple[int, int], int]:
    """Return the (before, after) that ONNX crops of an axis of this size to leave ``output``, and the elements added.

    SAME_UPPER crops the odd one after, and every other auto_pad before; missing elements are added at the end. Source:
    the reference of ConvTranspose, which states the total; ONNX Runtime 1.32 was measured to add as well.
    """
    total = max(size - output, 0)
    less, more = total // 2, total - total // 2
    return (less, more) if odd_after else (more, less), max(output - size, 0)


def pool_pads(case: Case) -> tuple[Pads, Pads]:
    """Return the pads for a pool that rounds down, and how far the last window extends beyond their far end."""
    pads: list[tuple[int, int]] = []
    over: list[tuple[int, int]] = []
    for (before, after), n, k, s, d in zip(numbers(case), case.input, case.kernel, case.stride, case.dilation):
        extent, end, more = d * (k - 1) + 1, n + after, 0
        count = windows(n, before, after, extent, s, case.ceil_mode)
        if count != windows(n, before, after, extent, s, False):
            more = (count - 1) * s - before + extent - end
        pads.append((before, after + min(more, 0)))
        over.append((0, max(more, 0)))
    return tuple(pads), tuple(over)


def windows(n: int, before: int, after: int, extent: int, stride: int, ceil: bool) -> int:
    """Return the number of windows of a convolution or pool along an axis, rounded up in ceil mode."""
    room = n + before + after - extent
    if not ceil:
        return room // stride + 1
    # Windows that would start in the far padding are dropped.
    return min(-(-room // stride), (min(n, n + after) + before - 1) // stride) + 1


def too_narrow(case: Case) -> bool:
    """Return whether an average adds up so many elements that a running sum in its dtype may stop growing."""
    return case.op == "avg_pool" and math.prod(case.kernel) > INTEGERS.get(case.dtype, math.inf) // 8


def rescaled(case: Case) -> str:
    """Return source text that turns averages over whole windows into sums divided by the case's own divisor."""
    return "" if case.divisor_override is None else f" * {math.prod(case.kernel)} / {case.divisor_override}"


def together(one: Pads, other: Pads) -> Pads:
    """Return the sum of two paddings, of which one goes around the other."""
    return tuple((b + more, a + beyond) for (b, a), (more, beyond) in zip(one, other))


def crops(case: Case) -> Pads:
    """Return the crops of a transposed convolution's whole output; negative crops add zeros.

    The whole output has (n - 1)s + e elements; output padding, and a SAME that is longer, add zeros at the far end.
    """
    cut: list[tuple[int, int]] = []
    extra = case.output_padding or (0,) * case.rank
    for i, (k, s, d) in enumerate(zip(case.kernel, case.stride, case.dilation)):
        if not isinstance(case.padding, str):
            before, after = case.padding[i]
        elif case.padding == "valid":
            before, after = 0, 0
        else:  # n * s elements are left
            surplus = d * (k - 1) + 1 + extra[i] - s
            near, far = surplus // 2, (surplus + 1) // 2
            before, after = (far, near) if case.padding == "same_lower" else (near, far)
            if surplus < 0:
                before, after = 0, surplus
        cut.append((before, after - extra[i]))
    return tuple(cut)


def split(pads: Pads) -> tuple[Pads, Pads]:
    """Return pads as two paddings: the part that adds elements and the part that crops."""
    added = tuple((max(before, 0), max(after, 0)) for before, after in pads)
    return added, tuple((max(-before, 0), max(-after, 0)) for before, after in pads)


def edge_repeated(case: Case) -> Case:
    """Return a case that pads symmetrically by at most one element as one that repeats the edge, which is the same."""
    if case.padding_mode != "symmetric" or (isinstance(case.padding, str) and case.padding not in WORDS):
        return case
    most = max((side for pair in numbers(case) for side in pair), default=0)
    return replace(case, padding_mode="replicate") if most <= 1 else case


def slices(cut: Pads) -> str:
    """Return the source of one slice per axis that makes these crops: ``1:-2, :``."""
    return ", ".join(f"{before or ''}:{-after or ''}" for before, after in cut)


def lacking(word: str, words: tuple[str, ...]) -> bool:
    """Return whether ``word`` is a known padding word that a framework with these ``words`` lacks.

    Unknown words are passed to the framework, which has to reject them itself.
    """
    return word in WORDS and word not in words


def symmetric(pads: Pads) -> bool:
    """Return whether each axis is padded equally on both sides."""
    return all(before == after for before, after in pads)


def plain(pads: Pads) -> bool:
    """Return whether one number per axis expresses the pads, and none of them crops."""
    return symmetric(pads) and min(map(min, pads)) >= 0
