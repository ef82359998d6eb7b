"""The limits of each Keras backend, which ports have to work around.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import replace

from ...cases.case import Case
from ...cases.dtypes import INTEGERS
from ..conventions import numbers
from .spelling import Backend, depthwise, extents, undilated


class OnTensorflow(Backend):
    """Keras on TensorFlow, on a CPU."""

    @classmethod
    def lacks(cls, case: Case) -> str:
        by_onednn = case.dtype != "float64" and (case.groups == 1 or depthwise(case))  # float16 with AVX512-FP16
        if case.op == "conv" and case.batch == 0 and by_onednn:
            return f"TensorFlow 2.21's {case.dtype} convolutions of an empty batch return the shape of their input"
        return ""

    @classmethod
    def feasible(cls, case: Case) -> Case:
        # On the CPU, TensorFlow 2.21 has transposed convolutions with dilation only in some dtypes.
        return undilated(case) if case.op == "conv_transpose" else super().feasible(case)

    @classmethod
    def strides(cls, case: Case) -> bool:
        # On the CPU, TensorFlow 2.21 accepts different strides per axis for these only in some dtypes.
        return super().strides(case) and not (depthwise(case) and len(set(case.stride)) > 1)

    @classmethod
    def pools(cls, case: Case) -> bool:
        # On the CPU, TensorFlow 2.21 has pools along three axes only in float32 and bfloat16.
        return super().pools(case) and not (case.rank == 3 and case.dtype not in ("float32", "bfloat16"))


class OnLitert(OnTensorflow):
    """Keras on TensorFlow, converted to a model of TensorFlow Lite."""

    @classmethod
    def lacks(cls, case: Case) -> str:
        whole = case.op == "max_pool" and case.dtype in ("int32", "int64")
        if case.dtype != "float32" and not whole:
            return f"TensorFlow Lite has no operators of {case.dtype} that compute it"
        if case.op == "conv" and case.rank == 3 and case.groups > 1:
            return "TensorFlow Lite has no groups along three axes"
        return "LiteRT takes no input without elements" if case.batch == 0 else ""

    @classmethod
    def feasible(cls, case: Case) -> Case:
        # TensorFlow 2.21 converts no convolution along three axes with dilation.
        dilated = case.op == "conv" and case.rank == 3 and max(case.dilation) > 1
        return undilated(case) if dilated else super().feasible(case)

    @classmethod
    def pools(cls, case: Case) -> bool:
        # TensorFlow 2.21 converts no pools along three axes, and none of integers.
        return super().pools(case) and case.rank < 3 and case.dtype == "float32"


class OnTorch(Backend):
    """Keras on PyTorch, on a CPU."""

    @classmethod
    def feasible(cls, case: Case) -> Case:
        strided = case.op == "conv" and case.rank > 1 and case.in_channels == 1
        return _one_column(case) if strided else super().feasible(case)

    @classmethod
    def pools(cls, case: Case) -> bool:
        # On the CPU, torch 2.13 has no average pool along three axes in narrow dtypes.
        narrow = case.op == "avg_pool" and case.rank == 3 and case.dtype in ("float16", "bfloat16")
        whole = case.rank == 1 and case.dtype in INTEGERS  # nor a max pool of integers along one axis
        return super().pools(case) and not narrow and not whole


class OnJax(Backend):
    """Keras on JAX, which has no limits of its own."""


def _one_column(case: Case) -> Case:
    """Return a case whose last axis has one output without its stride, which has no effect, and its unread elements.

    torch 2.13 computes such a layer with one input channel wrongly in the memory format that Keras uses.
    """
    pads = numbers(case)
    before, after = pads[-1]
    unread = case.input[-1] + before + after - extents(case)[-1]
    if not 0 <= unread < case.stride[-1]:
        return case
    return replace(case, padding=(*pads[:-1], (before, after - unread)), stride=(*case.stride[:-1], 1))
