"""PyTorch's reshapes and transposes: how they are read, and how they are written.

Pure: the standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..rearranged import RESHAPE, Step, methods, permutes, reshape, reshapes, steps
from ..windowless import REQUIRED, Given, Sizes, Unread, Windowless


def _unflattened(given: Given, sizes: Sizes) -> dict[str, Any]:
    if given["dim"] not in (1, -1) or len(sizes) > 1:
        raise Unread(f"dim: {given['dim']!r} has no answer here; expected 1, of an input with two axes")
    return reshape(given["unflattened_size"], sizes, "unflattened_size", last=False, batch=False)


def _flattened(given: Given, sizes: Sizes) -> dict[str, Any]:
    start, axes = given["start_dim"], len(sizes) + 1
    if start not in range(1, axes) or given["end_dim"] not in (-1, axes - 1):
        raise Unread(f"start_dim: {start!r} has no answer here; expected an axis after the batch, such as 1")
    if start == 1:
        return {"kind": "flatten", "last": False}
    return {"shape": (*sizes[: start - 1], math.prod(sizes[start - 1 :])), "last": False}


_FLATTEN = {"start_dim": 0, "end_dim": -1}
_UNFLATTEN = {"dim": REQUIRED, "unflattened_size": REQUIRED}

READS = {
    "Unflatten": Windowless(RESHAPE, _UNFLATTEN, _unflattened, channels="unflattened_size"),
    "torch.flatten": Windowless(RESHAPE, {"input": REQUIRED, **_FLATTEN}, _flattened, "input"),
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
