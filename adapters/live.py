"""A live layer: a layer in a user's own process, which is described, given weights and applied.

An adapter says by a subclass how its framework's layers are copied, how their one kernel is found and how they infer.
The methods raise :class:`Unsupported` for a layer that they cannot handle, and whatever the framework raises.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..cases.case import Case
from ..cases.dtypes import DTYPES, Dtype

AS_FUNCTION = "pass it as a function of a NumPy array, with layout="
NO_LAYER = f"holds no convolution, transposed convolution or pool that convparity knows; {AS_FUNCTION}"


class Unsupported(TypeError):
    """A layer that cannot be compared: the rest of a sentence that begins with the layer's name."""


class Live:
    """A layer of one framework. Arrays are NumPy's, channels first; shapes are (N, C, *spatial)."""

    def __init__(self, adapter: Any, layer: Any) -> None:
        self.adapter = adapter
        self.layer = layer

    def copied(self) -> Live:
        """Return a live layer that may be given weights until ``restore`` is called, for the user's is unchanged."""
        return type(self)(self.adapter, copy.deepcopy(self.layer))

    def restore(self) -> None:
        """Undo the changes to the user's own layer, if there is no copy of it."""

    @property
    def dtype(self) -> Dtype:
        """The dtype of the input that the layer expects."""
        return "float32"

    def known(self, shape: tuple[int, ...]) -> Case | None:
        """Return the operation, kernel, channels and groups of the layer on an input of this shape.

        The case has no input, stride or padding of the layer's. Returns None if the layer holds no convolution or pool
        that this adapter knows.
        """
        return None

    def settled(self, shape: tuple[int, ...], weights: np.ndarray) -> np.ndarray:
        """Return the kernel that the layer computes with after it is given ``weights``: another if it normalises them.

        Weights that it returned before are returned unchanged, up to rounding.
        """
        return weights

    def forward(self, x: np.ndarray, weights: np.ndarray | None) -> Any:
        """Return the inferred output, an array of the framework in its layout; None keeps the layer's own weights."""
        return self.adapter.forward(self.layer, *self.adapter.laid_out(x, weights), self.dtype)


def sole(found: Sequence[Any], what: str) -> Any:
    """Return the only one of the things found in a layer. Raises Unsupported."""
    if len(found) != 1:
        raise Unsupported(f"holds {len(found)} {what}; expected one: compare them one at a time, or {AS_FUNCTION}")
    return found[0]


def supported(name: str) -> Dtype:
    """Return the dtype with this name. Raises Unsupported if convparity does not know it."""
    for dtype in DTYPES:
        if dtype == name:
            return dtype
    raise Unsupported(f"computes in {name}; expected {', '.join(DTYPES)}")
