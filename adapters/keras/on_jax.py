"""Keras on JAX."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..traced import TracedAdapter
from .adapter import KerasAdapter
from .backends import OnJax


class KerasJaxAdapter(TracedAdapter, KerasAdapter):
    """Layers of Keras on its JAX backend."""

    backend = OnJax
    name = "keras-jax"
    title = "Keras on JAX"
    distributions = ("keras", "jax", "jaxlib", "numpy")
    modules = ("keras", "jax")
    variables: ClassVar[Mapping[str, str]] = {"KERAS_BACKEND": "jax", **TracedAdapter.variables}
    infers = True

    def __init__(self) -> None:
        super().__init__()
        self.jax = importlib.import_module("jax")

    def given(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> tuple[Any, Any]:
        return x.astype(self.jax.numpy.dtype(dtype)), self.kernel(layer, weights)

    def applied(self, layer: Any, x: Any, kernel: Any) -> Any:
        return KerasAdapter.applied(self, layer, x, kernel)

    def facts(self) -> dict[str, Any]:
        return {"device": self.jax.default_backend(), **super().facts()}


ADAPTER = KerasJaxAdapter
