"""Reads an ONNX model from a file: a protocol buffer, with the numbers that lie in other files below its folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..models.recorder import NotAModel

LARGEST = 2**33  # bytes of a file, and of its external data
CHECKED = 2**31  # bytes; the checker takes no larger model


def load(onnx: Any, path: Path) -> Any:
    """Return the model in a file. Raise NotAModel if it cannot be read."""
    try:
        _fits(path.stat().st_size)
        model = onnx.load(os.fspath(path), load_external_data=False)
        if not model.graph.node:
            raise ValueError("it has no nodes")
        _fits(sum(_claimed(tensor) for tensor in model.graph.initializer))
        onnx.load_external_data_for_model(model, os.fspath(path.parent))
        if model.ByteSize() < CHECKED:
            onnx.checker.check_model(model)
    except Exception as error:
        why = f"{type(error).__name__}: {error}".partition("\n")[0][:300]
        raise NotAModel(f"{path}: ONNX {onnx.__version__} cannot read it ({why})") from None
    return model


def _claimed(tensor: Any) -> int:
    """Return the number of bytes that a tensor says it has in another file."""
    told = {entry.key: entry.value for entry in tensor.external_data}
    return max(int(told.get("length", 0)), 0)


def _fits(size: int) -> None:
    if size > LARGEST:
        raise ValueError(f"{size / 2**30:.1f} GB; expected {LARGEST // 2**30} GB at most")
