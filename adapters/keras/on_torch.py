"""Keras on PyTorch."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

from ..processor import torch_facts
from .adapter import KerasAdapter
from .backends import OnTorch


class KerasTorchAdapter(KerasAdapter):
    """Layers of Keras on its torch backend."""

    backend = OnTorch
    name = "keras-torch"
    title = "Keras on PyTorch"
    distributions = ("keras", "torch", "numpy")
    modules = ("keras", "torch")
    variables: ClassVar[Mapping[str, str]] = {"KERAS_BACKEND": "torch"}

    def __init__(self) -> None:
        super().__init__()
        self.torch = importlib.import_module("torch")

    def pin(self) -> None:
        super().pin()
        self.torch.set_num_threads(1)

    def facts(self) -> dict[str, Any]:
        return {**torch_facts(self.torch), **super().facts()}


ADAPTER = KerasTorchAdapter
