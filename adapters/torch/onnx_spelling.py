"""PyTorch layers that are exported to ONNX: PyTorch's own lines, but for what the exporter and ONNX Runtime lack.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import replace

from ...cases.case import Case
from ..adaptive import by_hand, sliding, writable
from ..spelling import Inexpressible, Spelling
from . import spelling
from .onnx_limits import lacks

as_written = spelling.as_written


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly when it is exported, or why nothing can."""
    why = lacks(replace(case, output_padding=None))
    if why:
        instead = _adaptive(case) if case.output_size is not None else None
        return instead or Inexpressible(why.replace(" raises: it ", " ", 1))
    if case.divisor_override is not None:
        return spelling.divided_port(case)  # torch 2.13's exporter drops the divisor
    if case.op == "conv_transpose":
        return spelling.transposed_port(case, case.stride)  # below which ONNX Runtime wants output_padding
    return spelling.port(case)


def _adaptive(case: Case) -> Spelling | Inexpressible | None:
    """Return an adaptive pool as one with a window, or as a function of slices; None if neither can be computed."""
    window = sliding(case)
    if window is not None and not lacks(window):
        return spelling.port(window)
    average = case.op == "avg_pool"
    if not writable(case) or (average and case.dtype == "bfloat16"):
        return None
    reduce = "mean" if average else "amax"
    slices = by_hand(case, "torch.stack", 2, lambda part, over, count: f"{part}.{reduce}({over})")
    return Spelling(f"lambda x: {slices}")
