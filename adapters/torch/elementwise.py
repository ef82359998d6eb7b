"""PyTorch's sums of inputs, rescaling and normalization by given numbers: how they are read, and how they are written.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..elementwise import combined, normalize, normalized, rescaled
from ..windowless import REQUIRED, Windowless

READS = {
    "transforms.Normalize": Windowless(
        "normalize",
        {"mean": REQUIRED, "std": REQUIRED, "inplace": False},
        lambda given, sizes: normalize(given["mean"], given["std"], sizes, "std"),
    ),
}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a layer on inputs (C, *spatial)."""
    if kind == "combine":
        return combined(settings["operation"], "torch")
    spatial = ", None" * (len(sizes) - 1)
    array = f"torch.tensor({{}}){f'[:{spatial}]' if spatial else ''}"
    return rescaled(settings, array) if kind == "rescale" else normalized(settings, array)
