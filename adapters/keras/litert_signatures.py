"""What becomes of a layer of Keras as a model of LiteRT, where that is not what Keras makes of it.

Measured with TensorFlow 2.21, whose converter writes the models, and ai-edge-litert 2.3.0. The layers themselves, and
their arguments, are those of ``signatures.py``.
"""

from __future__ import annotations

from ...cases.case import Case
from ..adaptive import outputs
from ..signature import Raises

# The dtypes other than float32 in which TensorFlow Lite takes the mean, or the maximum, over whole axes.
OVER_AXES = {"avg_pool": ("float16",), "max_pool": ("int32", "int64")}


def asides(name: str, case: Case) -> list[str]:
    """Return an aside if the layer of this name cannot be converted, or not run."""
    why = _pool(name, case) if case.pools else _convolution(case)
    return [Raises(f"{why}.")] if why else []


def _pool(name: str, case: Case) -> str:
    over_axes = "Global" in name
    if case.dtype != "float32" and not (over_axes and case.dtype in OVER_AXES[case.op]):
        return f"TensorFlow raises: TensorFlow Lite has no such pool of {case.dtype}"
    if case.rank == 3 and not over_axes:
        return "TensorFlow raises: TensorFlow Lite has no pools along three axes"
    if case.output_size is not None and not over_axes and 1 in outputs(case):
        return "TensorFlow raises: in a graph, Keras's adaptive pools to a size of 1 have a window beyond the input"
    return _empty(case)


def _convolution(case: Case) -> str:
    spatial, dilated = case.rank == 3, max(case.dilation) > 1
    if case.dtype != "float32":
        return f"TensorFlow raises: TensorFlow Lite has no convolutions of {case.dtype}"
    if case.op == "conv" and spatial and (dilated or case.groups > 1):
        return "TensorFlow raises: TensorFlow Lite has no dilation and no groups along three axes"
    if case.op == "conv_transpose" and not spatial and dilated:
        return "TensorFlow raises: TensorFlow Lite has no dilated transposed convolution along one or two axes"
    return _empty(case)


def _empty(case: Case) -> str:
    return "LiteRT raises: it takes no input without elements" if case.batch == 0 else ""
