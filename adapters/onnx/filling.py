"""Fills an ONNX model with other weights: new constants for its nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..models.filling import Filled

PLACES = {  # of the inputs of a node, by its operator
    "Conv": {"kernel": 1, "bias": 2},
    "ConvTranspose": {"kernel": 1, "bias": 2},
    "Gemm": {"kernel": 1, "bias": 2},
    "BatchNormalization": {"scale": 1, "shift": 2, "mean": 3, "variance": 4},
    "LayerNormalization": {"scale": 1, "shift": 2},
}


def filled(adapter: Any, model: Any, given: list[Filled]) -> tuple[Any, list[int]]:
    """Return a copy with other weights, and the numbers of the calls whose weights are no constants of the model."""
    made = type(model)()
    made.CopyFrom(model)
    nodes = {node.name or node.output[0]: node for node in made.graph.node}
    constants = {tensor.name: tensor for tensor in made.graph.initializer}
    for constant in made.graph.node:
        if constant.op_type == "Constant" and constant.attribute[0].name == "value":
            constants[constant.output[0]] = constant.attribute[0].t
    left = []
    for one in given:
        node = nodes.get(one.call.path)
        places = PLACES.get(node.op_type, {}) if node else {}
        names = {name: node.input[places[name]] for name in one.weights if name in places} if node else {}
        if node is None or len(names) < len(one.weights) or not all(name in constants for name in names.values()):
            left.append(one.call.number)
            continue
        for weight, name in names.items():
            turned = node.op_type == "Gemm" and weight == "kernel" and not _is_transposed(adapter.helper, node)
            _put(adapter.onnx, constants[name], one.weights[weight].T if turned else one.weights[weight])
    return made, left


def _is_transposed(helper: Any, node: Any) -> bool:
    """Return whether a Gemm reads its kernel as (out, in)."""
    return any(given.name == "transB" and helper.get_attribute_value(given) for given in node.attribute)


def _put(onnx: Any, tensor: Any, array: np.ndarray) -> None:
    kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    tensor.CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(array, kind), tensor.name))
