"""What becomes of a layer of PyTorch as a model of ONNX, where that is not what PyTorch makes of it.

Measured with torch 2.13.0, whose exporter writes the models, and onnxruntime 1.32.0. The layers themselves, and their
arguments, are those of ``signatures.py``.
"""

from __future__ import annotations

from ...cases.case import Case
from ..signature import Raises
from .onnx_limits import lacks


def asides(name: str, case: Case) -> list[str]:
    """Return an aside if the layer of this name cannot be exported, or not run."""
    why = lacks(case)
    return [Raises(f"{why[0].upper()}{why[1:]}.")] if why else []
