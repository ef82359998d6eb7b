"""PyTorch's reshapes and transposes: how they are read, and how they are written.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..rearranged import RESHAPE, Step, methods, permutes, reshape, reshapes, steps
from ..windowless import REQUIRED, Given, Sizes, Unread, Windowless


def _unflattened(given: Given, sizes: Sizes) -> dict[str, Any]:
    if given["dim"] not in (1, -1) or len(sizes) > 1:
        raise Unread(f"dim: {given['dim']!r} has no answer here; expected 1, of an input with two axes")
    return reshape(given["unflattened_size"], sizes, "unflattened_size", last=False, batch=False)


_UNFLATTEN = {"dim": REQUIRED, "unflattened_size": REQUIRED}

READS = {
    "Unflatten": Windowless(RESHAPE, _UNFLATTEN, _unflattened, channels="unflattened_size"),
    "torch.reshape": reshapes("input", "shape", last=False),
    "torch.permute": permutes("input", "dims", last=False),
}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a reshape or transpose of an input (C, *spatial)."""
    found = steps(kind, settings, sizes, last=False)
    if _keeps_channels(found, sizes):
        return "x.flatten(2)"
    reshapes = "view" if len(sizes) == 1 else "reshape"  # a dense layer's output is contiguous
    return methods(found, "permute", reshapes, tuples=False)


def _keeps_channels(found: Sequence[Step], sizes: Sequence[int]) -> bool:
    """Return whether steps make one axis of all spatial ones."""
    one = found[0] if len(found) == 1 else None
    return one is not None and one[0] == RESHAPE and len(one[1]) == 2 < len(sizes) and one[1][0] == sizes[0]
