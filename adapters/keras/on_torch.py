"""Keras on PyTorch."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

from ..processor import torch_facts
from ..running import TORCH_DEVICES, on_cpu, use_torch_device
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
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"device": TORCH_DEVICES}

    def __init__(self) -> None:
        super().__init__()
        self.torch = importlib.import_module("torch")

    def pin(self) -> None:
        super().pin()
        self.torch.set_num_threads(1)
        use_torch_device(self.torch, self.chosen["device"])

    @classmethod
    def variables_for(cls, choices: Mapping[str, str]) -> Mapping[str, str]:
        return cls.variables if on_cpu(choices) else {**cls.variables, "KERAS_TORCH_DEVICE": choices["device"]}

    def facts(self) -> dict[str, Any]:
        return {**torch_facts(self.torch), **super().facts()}


ADAPTER = KerasTorchAdapter
