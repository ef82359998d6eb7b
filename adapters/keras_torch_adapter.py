"""Keras on PyTorch."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ..cases.case import Case
from .conventions import numbers
from .keras_adapter import KerasAdapter, extents
from .torch_adapter import torch_facts


class KerasTorchAdapter(KerasAdapter):
    """Layers of Keras on its torch backend."""

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

    @classmethod
    def feasible(cls, case: Case) -> Case:
        strided = case.op == "conv" and case.rank > 1 and case.in_channels == 1
        return _one_column(case) if strided else super().feasible(case)

    @classmethod
    def pools(cls, case: Case) -> bool:
        # torch 2.13 has no average pool of narrow numbers along three axes on the CPU.
        narrow = case.op == "avg_pool" and case.rank == 3 and case.dtype in ("float16", "bfloat16")
        return super().pools(case) and not narrow

    def facts(self) -> dict[str, Any]:
        return {**torch_facts(self.torch), **super().facts()}


def _one_column(case: Case) -> Case:
    """Without the stride that has no effect, and what no window reads, where the last axis has one output.

    torch 2.13 computes such a layer of one input channel wrongly in the memory format that Keras gives it.
    """
    pads = numbers(case)
    before, after = pads[-1]
    unread = case.input[-1] + before + after - extents(case)[-1]
    if not 0 <= unread < case.stride[-1]:
        return case
    return replace(case, padding=(*pads[:-1], (before, after - unread)), stride=(*case.stride[:-1], 1))


ADAPTER = KerasTorchAdapter
