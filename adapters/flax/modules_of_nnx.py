"""Layers of nnx in place of linen's: a module that holds its variables, applied to an input and a kernel.

nnx is imported where a line has one of its modules only, since that takes as long as linen.
"""

from __future__ import annotations

import importlib
from typing import Any

from ..adapter import only


class Features:
    """The part of a linen convolution that lays out its weights; a Conv has no ``transpose_kernel``."""

    def __init__(self, conv: Any) -> None:
        self.features = conv.out_features
        if hasattr(conv, "transpose_kernel"):
            self.transpose_kernel = conv.transpose_kernel


def nnx() -> Any:
    """Return ``flax.nnx``."""
    return importlib.import_module("flax.nnx")


def is_module(layer: Any) -> bool:
    """Return whether a layer is a module of nnx."""
    return any(kind.__module__.startswith("flax.nnx.") for kind in type(layer).__mro__)


def convolutions(module: Any) -> list[Any]:
    """Return the convolutions in a module, itself included."""
    return [one for _, one in nnx().iter_modules(module) if hasattr(one, "kernel_size")]


def applied(module: Any, x: Any, kernel: Any) -> Any:
    """Return the output of a module on ``x`` with its convolution's kernel, if it has one, and without a bias."""
    copy = nnx().merge(*nnx().split(module))  # whose variables are those of this trace
    if kernel is not None:
        conv = only(convolutions(copy))
        conv.kernel = nnx().Param(kernel)
        if conv.bias is not None:
            conv.bias = nnx().Param(0 * kernel.reshape(-1)[: conv.out_features])
    return copy(x)
