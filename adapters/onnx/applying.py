"""The lines of a script that make a model of ONNX nodes and their weights, and run it.

Pure: the standard library only.
"""

from __future__ import annotations

from .spelling import IR_VERSION, OPSET

TENSORS = {"kernel": "w", "bias": "b"}


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    tensors = ", ".join(f'onnx.numpy_helper.from_array({name}, "{TENSORS[name]}")' for name in weights)
    nodes = layer if source.startswith("[") else f"[{layer}]"
    return [
        f"x_info = {_info('x', 'x.shape')}",
        f"y_info = {_info('y', 'None')}",
        f"tensors = [{tensors}]",
        f'graph = helper.make_graph({nodes}, "layer", [x_info], [y_info], tensors)',
        f'opset = helper.make_opsetid("", {OPSET})',
        f"model = helper.make_model(graph, opset_imports=[opset], ir_version={IR_VERSION})",
        "providers = ['CPUExecutionProvider']",
        "session = onnxruntime.InferenceSession(model.SerializeToString(), providers=providers)",
        '(y,) = session.run(None, {"x": numpy.ascontiguousarray(x)})',
    ]


def _info(name: str, shape: str) -> str:
    return f'helper.make_tensor_value_info("{name}", onnx.TensorProto.FLOAT, {shape})'
