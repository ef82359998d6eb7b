"""The adapter that runs ONNX nodes in ONNX Runtime; ``spelling.py`` has their spellings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ..adapter import Adapter, only
from ..running import Unavailable, on_cpu
from .spelling import IR_VERSION, OPSET, TYPES, as_written, port


class OnnxruntimeAdapter(Adapter):
    """Nodes of ``onnx.helper``: one node, or a list in order, from the tensor ``x`` to ``y``.

    The weights are the tensor ``w``, and the bias, if a node has one, is ``b``.
    """

    name = "onnxruntime"
    title = "ONNX Runtime"
    imports = "import onnx\nimport onnxruntime\nfrom onnx import helper"
    distributions = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino", "onnx", "numpy")
    modules = ("onnxruntime", "onnx")
    channels_last = False
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"provider": ("*ExecutionProvider",)}
    applying = f"""kind = getattr(onnx.TensorProto, {TYPES}["@DTYPE@"])
x, w = (array.astype(helper.tensor_dtype_to_np_dtype(kind)) for array in (x, w))
graph = helper.make_graph(
    layer if isinstance(layer, list) else [layer],
    "layer",
    [helper.make_tensor_value_info("x", kind, x.shape)],
    [helper.make_tensor_value_info("y", kind, None)],
    [helper.make_tensor("w", kind, w.shape, w.ravel())] if w.size else [],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", {OPSET})], ir_version={IR_VERSION})
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
(y,) = session.run(None, {{"x": x}})"""

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.onnx, self.runtime, self.helper = (self.namespace[name] for name in ("onnx", "onnxruntime", "helper"))
        self.options = self.runtime.SessionOptions()
        self.options.intra_op_num_threads = self.options.inter_op_num_threads = 1
        self.options.log_severity_level = 4  # errors are raised; other messages would be noise
        self.provider = self.chosen["provider"]
        if not on_cpu(self.chosen):  # otherwise ONNX Runtime runs on the CPU what the provider cannot, without a word
            self.options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")

    def pin(self) -> None:
        found = self.runtime.get_available_providers()
        if self.provider not in found:
            has = f"ONNX Runtime {self.runtime.__version__} has only {', '.join(found)} here"
            raise Unavailable(f"provider {self.provider!r}: choose another, or install a build that has it: {has}")

    def script(self) -> str:
        return super().script().replace("CPUExecutionProvider", self.provider)

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        model = self._model(layer, x.shape, weights, dtype)
        session = self.runtime.InferenceSession(model.SerializeToString(), self.options, [self.provider])
        (y,) = session.run(None, {session.get_inputs()[0].name: x.astype(_outside(dtype))})
        return y.astype(self.helper.tensor_dtype_to_np_dtype(self._type(dtype)), copy=False)

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        """Return the shape that ``onnx.shape_inference`` infers; () if it infers none."""
        model = self._model(layer, shape, weights, dtype)
        inferred = self.onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        sizes = inferred.graph.output[0].type.tensor_type.shape.dim
        return tuple(size.dim_value for size in sizes) if all(size.HasField("dim_value") for size in sizes) else ()

    def facts(self) -> dict[str, Any]:
        where = {"device": "cpu"} if on_cpu(self.chosen) else {"provider": self.provider}
        return {"threads": self.options.intra_op_num_threads, **where, "opset": OPSET}

    def _type(self, dtype: str) -> int:
        number: int = getattr(self.onnx.TensorProto, TYPES[dtype])
        return number

    def _model(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> Any:
        """Return a model of a layer's nodes that computes in ``dtype``, with inputs and outputs that NumPy supports."""
        helper = self.helper
        nodes = list(layer) if isinstance(layer, (list, tuple)) else [layer]
        read = {name for node in nodes for name in node.input}
        constants = self._constants(nodes, shape, weights) if "w" in read or weights is not None else {}
        inside, outside = self._type(dtype), self._type(_outside(dtype))
        given, made = "x", "y"
        if inside != outside:
            given, made = "x_outside", "y_outside"
            nodes.insert(0, helper.make_node("Cast", [given], ["x"], to=inside))
            nodes.append(helper.make_node("Cast", ["y"], [made], to=outside))
        kind = helper.tensor_dtype_to_np_dtype(inside)
        graph = helper.make_graph(
            nodes,
            "layer",
            [helper.make_tensor_value_info(given, outside, shape)],
            [helper.make_tensor_value_info(made, outside, None)],
            [
                self.onnx.numpy_helper.from_array(constants[name].astype(kind), name)
                for name in constants
                if name in read
            ],
        )
        opset = helper.make_opsetid("", OPSET)
        return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)

    def _constants(self, nodes: Sequence[Any], shape: tuple[int, ...], weights: np.ndarray | None) -> dict[str, Any]:
        """Return the weights, and a bias of zeros, of the one convolution in the nodes; random weights for None."""
        conv = only([node for node in nodes if node.op_type in ("Conv", "ConvTranspose")])
        attributes = {given.name: self.helper.get_attribute_value(given) for given in conv.attribute}
        groups = max(attributes.get("group", 1), 1)
        transposed = conv.op_type == "ConvTranspose"
        if weights is None:
            kernel = [max(size, 0) for size in attributes.get("kernel_shape", [])]
            ends = (shape[1], 1) if transposed else (groups, shape[1] // groups)
            weights = np.random.RandomState(0).uniform(-1, 1, (*ends, *kernel))
        return {"w": weights, "b": np.zeros(weights.shape[1] * groups if transposed else weights.shape[0])}


def _outside(dtype: str) -> str:
    """Return the dtype in which values cross ONNX Runtime's Python interface, which does not support bfloat16."""
    return "float32" if dtype == "bfloat16" else dtype


ADAPTER = OnnxruntimeAdapter
