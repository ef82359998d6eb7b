"""Models of TensorFlow Lite, read as data: all their tensors are kept while the interpreter runs them once.

An activation that is fused into a layer becomes an operator of its own before that, so that the layer's own output is
there. The interpreter runs whole models only, so that no call can be made again.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..models.recorder import NotAModel, Recorder
from .lite_calls import told

LARGEST = 2**31  # bytes, of any file of flatbuffers
FUSED = {1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6", 4: "TANH"}


class LiteModel:
    """A model that was read from a file; ``names`` are those of its operators' kinds, by their numbers."""

    def __init__(self, path: Path) -> None:
        """Read a file. Raise NotAModel if it is none, or has what is not recorded."""
        schema = _schema(path)
        self.path = path
        self.names = {number: name for name, number in vars(schema.BuiltinOperator).items() if name.isupper()}
        data = _sound(path)
        try:
            self.model = schema.ModelT.InitFromPackedBuf(data, 0)
            graphs, self.graph = self.model.subgraphs, self.model.subgraphs[0]
            kinds = {self.kind(operator) for operator in self.graph.operators}
            types = {tensor.type for tensor in self.graph.tensors}
            self._unfuse(schema)
            self.data = self._packed()
        except NotAModel:
            raise
        except Exception as error:
            raise NotAModel(f"{path}: TensorFlow Lite's schema does not fit it ({type(error).__name__})") from None
        if len(graphs) > 1 or "CUSTOM" in kinds:
            raise NotAModel(f"{path}: has several graphs or operators of its own, which are not recorded")
        if types & {schema.TensorType.INT8, schema.TensorType.UINT8, schema.TensorType.INT16}:
            raise NotAModel(f"{path}: is quantized; convert the model without optimizations, and it is read")

    def kind(self, operator: Any) -> str:
        """Return the name of an operator's kind, such as ``CONV_2D``."""
        code = self.model.operatorCodes[operator.opcodeIndex]
        return str(self.names.get(max(code.builtinCode, code.deprecatedBuiltinCode), "CUSTOM"))

    def _unfuse(self, schema: Any) -> None:
        operators = []
        for operator in self.graph.operators:
            operators.append(operator)
            fused = getattr(operator.builtinOptions, "fusedActivationFunction", 0)
            if not fused:
                continue
            if fused not in FUSED:
                raise NotAModel(f"{self.path}: fuses an activation that is not known, number {fused}")
            operator.builtinOptions.fusedActivationFunction = 0
            after = schema.OperatorT()
            after.opcodeIndex = self._code(schema, FUSED[fused])
            after.inputs, after.outputs = [self._like(schema, operator.outputs[0])], list(operator.outputs)
            operator.outputs = list(after.inputs)
            operators.append(after)
        self.graph.operators = operators

    def _code(self, schema: Any, name: str) -> int:
        """Return the place of a kind among the codes of the model, which gets it."""
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
        code.version = 1
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def _like(self, schema: Any, tensor: int) -> int:
        """Return a new tensor with the shape and type of another one."""
        made, old = schema.TensorT(), self.graph.tensors[tensor]
        made.shape, made.shapeSignature, made.type, made.buffer = old.shape, old.shapeSignature, old.type, 0
        made.hasRank, made.name = old.hasRank, f"{_text(old.name)}/before".encode()
        self.graph.tensors.append(made)
        return len(self.graph.tensors) - 1

    def _packed(self) -> bytes:
        builder = importlib.import_module("flatbuffers").Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def _sound(path: Path) -> bytes:
    """Return the content of a file that TensorFlow Lite has looked through. Raise NotAModel for any other."""
    try:
        data = path.read_bytes() if path.stat().st_size < LARGEST else b""
        _interpreter(data)
    except (AttributeError, OSError, ValueError, RuntimeError) as error:  # the first where TensorFlow has none
        why = " ".join(str(error).split())[:200]
        raise NotAModel(f"{path}: TensorFlow Lite cannot read it ({why}); convert the model again") from None
    return data


def _interpreter(data: bytes) -> Any:
    lite = importlib.import_module("tensorflow").lite
    resolver = lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    return lite.Interpreter(
        model_content=data, experimental_preserve_all_tensors=True, experimental_op_resolver_type=resolver
    )


def run(recorder: Recorder, model: LiteModel, inputs: Mapping[str, Any]) -> list[Any]:
    """Return the outputs of a model on tensors, and record its operators. Raise NotAModel for too few inputs."""
    given = [int(tensor) for tensor in model.graph.inputs]
    arrays = [recorder.to_numpy(tensor) for tensor in inputs.values()]
    if len(arrays) != len(given):
        names = ", ".join(_text(model.graph.tensors[tensor].name) for tensor in given)
        raise NotAModel(f"{model.path}: has the inputs {names}; give each as --input, in this order")
    interpreter = _interpreter(model.data)
    for tensor, array in zip(given, arrays):
        interpreter.resize_tensor_input(tensor, array.shape)
    interpreter.allocate_tensors()
    for tensor, array in zip(given, arrays):
        interpreter.set_tensor(tensor, np.ascontiguousarray(array))
    interpreter.invoke()
    known = dict(zip(given, inputs.values()))
    for operator in model.graph.operators:
        _record(recorder, model, operator, interpreter.get_tensor, known)
    return [known[int(tensor)] for tensor in model.graph.outputs]


def _record(
    recorder: Recorder, model: LiteModel, operator: Any, array: Callable[[int], np.ndarray], known: dict[int, Any]
) -> None:
    read = [int(tensor) for tensor in operator.inputs if tensor >= 0]
    tensors = [known[tensor] for tensor in read if tensor in known]
    fixed = {place: int(tensor) for place, tensor in enumerate(operator.inputs) if tensor >= 0 and tensor not in known}
    constants = {place: array(tensor) for place, tensor in fixed.items()}
    made = [recorder.to_tensor(array(int(tensor))) for tensor in operator.outputs]
    known.update(zip(map(int, operator.outputs), made))
    if not tensors:  # such as a shape that is put together
        return
    once = iter([made])

    def kept(*_: Any) -> Any:
        found = next(once, None)
        if found is None:
            raise NotAModel("TensorFlow Lite runs whole models, and none of their operators by itself")
        return found

    kind = model.kind(operator)
    shapes = [tuple(array(int(tensor)).shape) for tensor in (read[0], operator.outputs[0])]
    about = told(kind, operator.builtinOptions, constants, shapes, tensors)
    where = {"name": kind, "path": _text(model.graph.tensors[int(operator.outputs[0])].name)}
    recorder.observe(kept, (tuple(tensors), {}), lambda given: about, **where)


def _text(name: Any) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name or "")


def _schema(path: Path) -> Any:
    try:
        return importlib.import_module("tensorflow.lite.python.schema_py_generated")
    except ImportError:
        raise NotAModel(f"{path}: needs TensorFlow, with its reader of such files") from None
