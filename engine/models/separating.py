"""A separable convolution as the two layers that it is in other frameworks: a depthwise and a pointwise one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..adapters.models.recording import Call
from ..report.models import numbers
from ..report.models.units import Graph, Unit

KIND = "separable_conv"
PARTS = ("depthwise", "pointwise")  # the names of their kernels, too


def separated(graph: Graph, call: Call) -> tuple[Unit, Unit, np.ndarray]:
    """Return the two layers of a separable convolution, and the value between them (N, C, *spatial).

    Nobody recorded that value, so NumPy computes it.
    """
    weights = {name: np.asarray(graph.recording.array(value)) for name, value in call.weights.items()}
    x = graph.recording.canonical(call.inputs[0])
    ones = [1] * (x.ndim - 2)
    depthwise = {**call.settings, "groups": x.shape[1]}
    pointwise = {"kernel": ones, "stride": ones, "dilation": ones, "pads": [[0, 0] for _ in ones], "groups": 1}
    kernels = [{"kernel": weights.pop(part)} for part in PARTS]
    middle = numbers.evaluate("conv", depthwise, kernels[0], [x]).astype(x.dtype)
    calls = [replace(call, path=f"{call.path or call.name}_{part}") for part in PARTS]
    first = Unit((calls[0],), "conv", depthwise, call.inputs, call.outputs[0], kernels[0])
    second = Unit((calls[1],), "conv", pointwise, call.inputs, call.outputs[0], {**kernels[1], **weights})
    return first, second, middle
