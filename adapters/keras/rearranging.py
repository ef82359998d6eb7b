"""Reshapes and transposes of Keras and TensorFlow: how they are read, and how they are written. The channels are last.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..rearranged import PERMUTE, permutes, reshapes, steps

READS = {
    "Reshape": reshapes("", "target_shape", last=True),
    "Permute": permutes("", "dims", last=True),
    "tf.reshape": reshapes("tensor", "shape", last=True),
    "ops.reshape": reshapes("x", "newshape", last=True),
    "tf.transpose": permutes("a", "perm", last=True, optional=True),
    "ops.transpose": permutes("x", "axes", last=True, optional=True),
}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a reshape or transpose of an input (C, *spatial)."""
    lines = [
        f"layers.Permute({tuple(numbers[1:])})" if step == PERMUTE else f"layers.Reshape({tuple(numbers)})"
        for step, numbers in steps(kind, settings, sizes, last=True)
    ]
    return f"keras.Sequential([{', '.join(lines)}])" if len(lines) > 1 else lines[0] if lines else "x"
