"""Records ONNX models: each node is run by itself in ONNX Runtime, so that nothing is fused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..models.recorder import NotAModel, Recorder, Weights
from . import files
from .calls import of_node
from .spelling import IR_VERSION, OPSET

# The names of weights in the lines that mend.
WEIGHTS = {
    **{"kernel": "w", "bias": "b", "scale": "scale", "shift": "bias"},
    **{"mean": "mean", "variance": "var", "slope": "slope"},
}
SUBGRAPH = (5, 10)  # the types of attributes that hold graphs


class OnnxRecorder(Recorder):
    """A node whose inputs are all constant is computed, and is not a call of its own."""

    inference = "as exported"

    def __init__(self, adapter: Any, folder: Path, progress: Callable[[int], None] = lambda count: None) -> None:
        super().__init__(adapter, folder, progress)
        self.onnx, self.helper = adapter.onnx, adapter.helper
        self.constants: set[int] = set()
        self.sessions: dict[Any, Any] = {}

    def is_model(self, thing: Any) -> bool:
        return isinstance(thing, self.onnx.ModelProto)

    def is_tensor(self, thing: Any) -> bool:
        return isinstance(thing, np.ndarray)

    def is_parameter(self, tensor: Any) -> bool:
        return id(tensor) in self.constants

    def to_numpy(self, tensor: Any) -> np.ndarray:
        array: np.ndarray = tensor
        return array

    def to_tensor(self, array: np.ndarray) -> Any:
        return np.array(array)

    def load(self, path: Path) -> Any:
        return files.load(self.onnx, path)

    def run(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        graph = model.graph
        values: dict[str, np.ndarray] = {}
        for tensor in graph.initializer:
            values[tensor.name] = self._constant(self.onnx.numpy_helper.to_array(tensor))
        free = [given for given in graph.input if given.name not in values]
        names = [given.name for given in free]
        if len(inputs) != len(names) or not ("" in inputs or set(inputs) == set(names)):
            raise NotAModel(f"the model has the inputs {', '.join(names)}; give each as --input NAME=...")
        for name, array in zip(names, inputs.values()) if "" in inputs else inputs.items():
            values[name] = array
        for node in graph.node:
            self._node(model, node, values)
        return [values[made.name] for made in graph.output]

    def _constant(self, array: np.ndarray) -> np.ndarray:
        self.constants.add(id(array))
        return array

    def _node(self, model: Any, node: Any, values: dict[str, np.ndarray]) -> None:
        if any(attribute.type in SUBGRAPH for attribute in node.attribute):
            raise NotAModel(f"the node {node.name or node.op_type} holds a graph of its own, which is not recorded")
        read = [values[name] if name else None for name in node.input]
        made = [name for name in node.output if name]
        if node.op_type == "Constant":
            (attribute,) = node.attribute
            value = self.helper.get_attribute_value(attribute)
            tensor = self.onnx.numpy_helper.to_array(value) if attribute.name == "value" else np.asarray(value)
            values[made[0]] = self._constant(tensor)
            return
        given = {attribute.name: self.helper.get_attribute_value(attribute) for attribute in node.attribute}
        function = partial(self._run, model, node)
        if all(array is None or id(array) in self.constants for array in read):  # such as a shape that is put together
            values.update(zip(made, map(self._constant, function(*read))))
            return

        def told(arguments: Any) -> Any:
            return of_node(node.op_type, given, arguments[0])

        outputs = self.observe(function, (tuple(read), {}), told, name=node.op_type, path=node.name or made[0])
        values.update(zip(made, outputs))

    def applied(self, layer: Any, x: Any, weights: Weights) -> Any:
        """Return the tensor ``y`` that nodes make of ``x``; they read weights by the names of ``WEIGHTS``."""
        nodes = layer if isinstance(layer, list) else [layer]
        read = {name for node in nodes for name in node.input}
        arrays = {name: weights[weight] for weight, name in WEIGHTS.items() if weight in weights and name in read}
        kind = self.helper.np_dtype_to_tensor_dtype(x.dtype)
        graph = self.helper.make_graph(
            nodes,
            "line",
            [self.helper.make_tensor_value_info("x", kind, x.shape)],
            [self.onnx.ValueInfoProto(name="y")],
            [self.onnx.numpy_helper.from_array(np.array(array, x.dtype), name) for name, array in arrays.items()],
        )
        model = self.helper.make_model(graph, opset_imports=[self.helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        return self._session(model).run(None, {"x": x})[0]

    def _session(self, model: Any) -> Any:
        providers = ["CPUExecutionProvider"]
        return self.adapter.runtime.InferenceSession(model.SerializeToString(), self.adapter.options, providers)

    def _run(self, model: Any, node: Any, *arrays: Any) -> list[np.ndarray]:
        """Return the outputs of one node, as a model of its own."""
        key = (id(node), tuple(None if a is None else (a.shape, a.dtype.str, id(a) in self.constants) for a in arrays))
        present = {name: a for name, a in zip(node.input, arrays) if name and a is not None}
        free = {name: a for name, a in present.items() if id(a) not in self.constants}
        if key not in self.sessions:
            kind = self.helper.np_dtype_to_tensor_dtype
            fixed = [self.onnx.numpy_helper.from_array(a, name) for name, a in present.items() if name not in free]
            inputs = [self.helper.make_tensor_value_info(name, kind(a.dtype), a.shape) for name, a in free.items()]
            outputs = [self.onnx.ValueInfoProto(name=name) for name in node.output if name]
            graph = self.helper.make_graph([node], "node", inputs, outputs, fixed)
            alone = self.helper.make_model(graph, opset_imports=model.opset_import, functions=model.functions)
            alone.ir_version = model.ir_version
            self.sessions[key] = self._session(alone)
        found: list[np.ndarray] = self.sessions[key].run(None, free)
        return found


RECORDER = OnnxRecorder
