"""What PyTorch's exporter cannot write, or ONNX Runtime not run, of the layers that PyTorch computes.

Measured with torch 2.13.0 and onnxruntime 1.32.0. Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from ...cases.case import Case
from ..adaptive import is_global, outputs

# The dtypes in which ONNX Runtime has no such operator on a CPU, or ONNX none in the version that the exporter writes.
MISSING = {
    "conv": ("float64", "bfloat16"),
    "conv_transpose": ("float64", "bfloat16"),
    "avg_pool": ("float64", "bfloat16"),
    "max_pool": ("bfloat16", "int32", "int64"),
}
OPERATORS = {"conv": "Conv", "conv_transpose": "ConvTranspose", "max_pool": "MaxPool", "avg_pool": "AveragePool"}


def lacks(case: Case) -> str:
    """Return who raises for a layer that computes this case, and why, as in "X raises: it has no Y"; empty if none."""
    if case.output_size is not None:
        return _adaptive(case)
    if case.dtype in MISSING[case.op]:
        return _operator(case)
    if case.op == "conv_transpose" and any(o >= s for o, s in zip(case.output_padding or (), case.stride)):
        return "ONNX Runtime raises: it wants an output_padding below the stride"
    if case.batch == 0 and "circular" in case.modes:
        return "ONNX Runtime raises: it pads no empty batch by wrapping around"
    return ""


def _operator(case: Case) -> str:
    return f"ONNX Runtime raises: it has no {case.dtype} kernel for {OPERATORS[case.op]} on a CPU"


def _adaptive(case: Case) -> str:
    """An adaptive pool becomes a mean or maximum over axes, a pool with a window, or means of what is gathered."""
    average = case.op == "avg_pool"
    if is_global(case):
        mean = average and case.dtype == "bfloat16"
        return "ONNX Runtime raises: it has no bfloat16 kernel for ReduceMean on a CPU" if mean else ""
    if average and case.rank < 3 and case.dtype == "bfloat16":
        return ""  # which the exporter computes in float32
    if average and case.rank == 3:
        return "PyTorch's exporter raises: it writes no AdaptiveAvgPool3d but that of one output"
    if all(o and n % o == 0 for n, o in zip(case.input, outputs(case))):
        return _operator(case) if case.dtype in MISSING[case.op] else ""
    return (
        ""
        if average
        else "PyTorch's exporter raises: it writes an adaptive max pool only to a size that divides its input's"
    )
