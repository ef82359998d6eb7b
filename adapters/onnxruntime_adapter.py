"""ONNX Runtime on the CPU: nodes of ``onnx.helper``. Padding is a pair of numbers per axis or ``auto_pad``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..cases.case import Case, Pads
from .adapter import Adapter, Code, Inexpressible, Spelling, arguments, only
from .conventions import crops, lacking, numbers, pool_pads, split, together

OPSET, IR_VERSION = 21, 10  # ONNX 1.16's, which ONNX Runtime reads from 1.18 on
OPERATORS = {"conv": "Conv", "conv_transpose": "ConvTranspose", "max_pool": "MaxPool", "avg_pool": "AveragePool"}
TYPES = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "FLOAT16", "bfloat16": "BFLOAT16"}
AUTO_PAD = {"valid": "VALID", "same": "SAME_UPPER", "same_lower": "SAME_LOWER"}
PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}

Step = Callable[[str, str], list[str]]  # source text of the nodes that make one tensor of another


class OnnxruntimeAdapter(Adapter):
    """Nodes of ``onnx.helper``: one, or a list in order, from the tensor ``x`` to ``y``.

    The weights are the tensor ``w``; a bias, if a node has one, is ``b``.
    """

    name = "onnxruntime"
    title = "ONNX Runtime"
    imports = "import onnx\nimport onnxruntime\nfrom onnx import helper"
    distributions = ("onnxruntime", "onnx", "numpy")
    modules = ("onnxruntime", "onnx")
    channels_last = False
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

    def __init__(self) -> None:
        super().__init__()
        self.onnx, self.runtime, self.helper = (self.namespace[name] for name in ("onnx", "onnxruntime", "helper"))
        self.options = self.runtime.SessionOptions()
        self.options.intra_op_num_threads = self.options.inter_op_num_threads = 1
        self.options.log_severity_level = 4  # what goes wrong is raised; the rest would be noise

    @staticmethod
    def as_written(case: Case) -> Spelling | Inexpressible:
        if case.out_channels < 0:
            return Inexpressible("ONNX takes the number of filters from the weights, and no array has so few")
        if case.padding_mode != "zeros" and (case.padding_mode not in PAD_MODES or _pads_at_all(case)):
            return Inexpressible("ONNX's Conv pads with zeros only")
        asked: dict[str, Any] = {
            "output_padding": None if case.output_padding is None else list(case.output_padding),
            "ceil_mode": 1 if case.ceil_mode else None,
            "count_include_pad": None if case.count_include_pad is None else int(case.count_include_pad),
        }
        if not isinstance(case.padding, str):
            return Spelling(_source(_layer(case, case.padding, **asked)("x", "y")))
        if lacking(case.padding, tuple(AUTO_PAD)):
            return Inexpressible(f"ONNX's {OPERATORS[case.op]} has no auto_pad for {case.padding!r}")
        word = AUTO_PAD.get(case.padding, case.padding)
        return Spelling(_source(_layer(case, auto_pad=word, **asked)("x", "y")), words=f"auto_pad={word!r}")

    @staticmethod
    def port(case: Case) -> Spelling | Inexpressible:
        if case.dtype == "float64" and case.op != "max_pool":  # and a cast to float32 rounds
            return Inexpressible(f"ONNX Runtime 1.32 has no float64 kernel of {OPERATORS[case.op]} on the CPU")
        if case.batch == 0 and case.padding_mode == "circular":
            return Inexpressible("ONNX Runtime 1.32 fails on an empty batch where Pad wraps it around")
        steps = {"conv": _conv_port, "conv_transpose": _transposed_port}.get(case.op, _pool_port)(case)
        if case.dtype != "bfloat16":
            return Spelling(_source(_chain(steps, "x", "y")))
        # ONNX Runtime 1.32 has no bfloat16 kernel of any of these on the CPU.
        weights = [] if case.pools else _cast("float32")("w", _weights(case))
        return Spelling(_source([*weights, *_chain([_cast("float32"), *steps, _cast("bfloat16")], "x", "y")]))

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        model = self._model(layer, x.shape, weights, dtype)
        session = self.runtime.InferenceSession(model.SerializeToString(), self.options, ["CPUExecutionProvider"])
        (y,) = session.run(None, {session.get_inputs()[0].name: x.astype(_outside(dtype))})
        return y.astype(self.helper.tensor_dtype_to_np_dtype(self._type(dtype)), copy=False)

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        """The shape of ``onnx.shape_inference``; empty where it infers none."""
        model = self._model(layer, shape, weights, dtype)
        inferred = self.onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        sizes = inferred.graph.output[0].type.tensor_type.shape.dim
        return tuple(size.dim_value for size in sizes) if all(size.HasField("dim_value") for size in sizes) else ()

    def facts(self) -> dict[str, Any]:
        return {"threads": self.options.intra_op_num_threads, "device": "cpu", "opset": OPSET}

    def _type(self, dtype: str) -> int:
        number: int = getattr(self.onnx.TensorProto, TYPES[dtype])
        return number

    def _model(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> Any:
        """A model of a layer's nodes that computes in ``dtype``, and takes and gives what NumPy has."""
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
        """The weights and a bias of zeros for the one convolution among the nodes; random weights for None."""
        conv = only([node for node in nodes if node.op_type in ("Conv", "ConvTranspose")])
        attributes = {given.name: self.helper.get_attribute_value(given) for given in conv.attribute}
        groups = max(attributes.get("group", 1), 1)
        transposed = conv.op_type == "ConvTranspose"
        if weights is None:
            kernel = [max(size, 0) for size in attributes.get("kernel_shape", [])]
            ends = (shape[1], 1) if transposed else (groups, shape[1] // groups)
            weights = np.random.RandomState(0).uniform(-1, 1, (*ends, *kernel))
        return {"w": weights, "b": np.zeros(weights.shape[1] * groups if transposed else weights.shape[0])}


def _pads_at_all(case: Case) -> bool:
    return case.padding != "valid" if isinstance(case.padding, str) else any(map(any, case.padding))


def _conv_port(case: Case) -> list[Step]:
    pads, w = numbers(case), _weights(case)
    if case.padding_mode != "zeros":
        more, cut = split(pads)
        return [*_pad(more, mode=PAD_MODES[case.padding_mode]), *_pad(_negative(cut)), _layer(case, w=w)]
    if min(map(min, pads)) < 0:  # ONNX 1.23's shape inference takes no negative pads
        return [*_pad(pads), _layer(case, w=w)]
    return [_layer(case, pads, w)]


def _transposed_port(case: Case) -> list[Step]:
    cut, w = crops(case), _weights(case)
    within, extra = split(cut)
    # ONNX Runtime 1.32 takes no output padding of the stride or more, though it says max(stride, dilation).
    if all(before == 0 and after < stride for (before, after), stride in zip(extra, case.stride)):
        beyond = [after for _, after in extra]
        return [_layer(case, within, w, output_padding=beyond if any(beyond) else None)]
    return [_layer(case, w=w), *_pad(_negative(cut))]


def _pool_port(case: Case) -> list[Step]:
    pads, over = pool_pads(case)
    more, cut = split(pads)
    average = case.op == "avg_pool"
    if average and case.counts_padding:
        if not any(map(any, over + cut)) and _fits(case, more):
            return [_layer(case, more, count_include_pad=1 if any(map(any, more)) else None)]
        return [*_pad(pads), _over(case, over)]
    return [*_pad(_negative(cut)), _over(case, together(more, over))]


def _over(case: Case, pads: Pads) -> Step:
    """A pool that pads with what counts for nothing."""
    if _fits(case, pads):
        return _layer(case, pads)
    if case.op == "max_pool":
        lowest = f"helper.make_tensor('lowest', onnx.TensorProto.{_computed(case)}, [], [float('-inf')])"
        return lambda x, y: _chain([*_pad(pads, fill=lowest), _layer(case)], x, y)
    return _ratio([*_pad(pads), _layer(case)], _computed(case))


def _fits(case: Case, pads: Pads) -> bool:
    """Whether a pool takes the pads itself: ONNX Runtime 1.32 wants them below the kernel size, dilated or not."""
    return all(side < k for pair, k in zip(pads, case.kernel) for side in pair)


def _negative(cut: Pads) -> Pads:
    return tuple((-before, -after) for before, after in cut)


def _weights(case: Case) -> str:
    """The tensor that a port reads its weights from."""
    return "w_float32" if case.dtype == "bfloat16" else "w"


def _computed(case: Case) -> str:
    """ONNX's name of the type that a port computes in."""
    return TYPES["float32" if case.dtype == "bfloat16" else case.dtype]


def _outside(dtype: str) -> str:
    """The type in which values of a type cross ONNX Runtime's Python interface, which knows no bfloat16."""
    return "float32" if dtype == "bfloat16" else dtype


def _node(operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
    return f"helper.make_node({arguments(operator, list(inputs), [output], **attributes)})"


def _chain(steps: Sequence[Step], x: str, y: str) -> list[str]:
    """The nodes of steps one after another."""
    names = [x, *(f"{x}{i}" for i in range(1, len(steps))), y]
    return [node for step, before, after in zip(steps, names, names[1:]) for node in step(before, after)]


def _source(nodes: Sequence[str]) -> str:
    return nodes[0] if len(nodes) == 1 else f"[{', '.join(nodes)}]"


def _cast(dtype: str) -> Step:
    return lambda x, y: [_node("Cast", [x], y, to=Code(f"onnx.TensorProto.{TYPES[dtype]}"))]


def _pad(pads: Pads, mode: str | None = None, fill: str = "") -> list[Step]:
    """A Pad of both signs, if there is anything to pad; ``fill`` is source text of a tensor, for zero empty."""

    def nodes(x: str, y: str) -> list[str]:
        constants = [_node("Constant", [], f"{y}_pads", value_ints=_sides(((0, 0), (0, 0), *pads)))]
        if fill:
            constants.append(_node("Constant", [], f"{y}_fill", value=Code(fill)))
        return [*constants, _node("Pad", [x, f"{y}_pads", *([f"{y}_fill"] if fill else [])], y, mode=mode)]

    return [nodes] if any(map(any, pads)) else []


def _ratio(mean: Sequence[Step], kind: str) -> Step:
    """Means of what is zero in the padding, over the means of ones that are: the padding is not counted."""

    def nodes(x: str, y: str) -> list[str]:
        one = Code(f"helper.make_tensor('one', onnx.TensorProto.{kind}, [1], [1])")
        return [
            *_chain(mean, x, f"{y}_mean"),
            _node("Shape", [x], f"{y}_shape"),
            _node("ConstantOfShape", [f"{y}_shape"], f"{y}_ones", value=one),
            *_chain(mean, f"{y}_ones", f"{y}_share"),
            _node("Div", [f"{y}_mean", f"{y}_share"], y),
        ]

    return nodes


def _sides(pads: Pads) -> list[int]:
    """Pads in ONNX's order: before every axis, then after every axis."""
    return [before for before, _ in pads] + [after for _, after in pads]


def _layer(case: Case, pads: Pads | None = None, w: str = "w", **attributes: Any) -> Step:
    """The layer itself, without what is ONNX's default."""

    def unlike(default: list[int], numbers: Sequence[int]) -> list[int] | None:
        return None if list(numbers) == default else list(numbers)

    ones = [1] * case.rank
    given = {
        "kernel_shape": list(case.kernel),
        "strides": unlike(ones, case.stride),
        "pads": None if pads is None else unlike([0, 0] * case.rank, _sides(pads)),
        "dilations": unlike(ones, case.dilation),
        "group": None if case.groups == 1 else case.groups,
        **attributes,
    }
    return lambda x, y: [_node(OPERATORS[case.op], [x] if case.pools else [x, w], y, **given)]


ADAPTER = OnnxruntimeAdapter
