"""The lines of a script that make a model of ONNX nodes and their weights, and run it.

Pure: the standard library only.
"""

from __future__ import annotations

from .spelling import IR_VERSION, OPSET

# How the layers of a file get their weights, by the names of a recording, as a function and a call of it, and how a
# layer is run on an array.
GIVE = '''tensors = {}  # the weights of each layer's nodes, by its name


def give(name, **weights):
    """Put the weights of a layer under its name, as tensors with the names that its nodes read."""
    names = {"kernel": "w", "bias": "b", "shift": "bias", "variance": "var"}
    tensors[name] = [
        onnx.numpy_helper.from_array(numpy.ascontiguousarray(array), names.get(weight, weight))
        for weight, array in weights.items()
    ]
'''
CALL = 'give("{layer}", {weights})'
RUN = """def run(name, layer, x):
    import onnxruntime

    nodes = layer if isinstance(layer, list) else [layer]
    x_info = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, x.shape)
    graph = helper.make_graph(nodes, "layer", [x_info], [onnx.ValueInfoProto(name="y")], tensors.get(name, []))
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]
""".replace("OPSET", str(OPSET)).replace("IR_VERSION", str(IR_VERSION))

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
