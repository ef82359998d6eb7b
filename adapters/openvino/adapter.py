"""The adapter that runs OpenVINO's functions on the CPU; ``spelling.py`` has their spellings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..adapter import Adapter, takes_weights
from .spelling import as_written, port

# float32 would otherwise be bfloat16 on a processor that has it; on one thread, sums have one order.
OPTIONS = {
    "INFERENCE_PRECISION_HINT": "f32",
    "EXECUTION_MODE_HINT": "ACCURACY",
    "NUM_STREAMS": 1,
    "INFERENCE_NUM_THREADS": 1,
}
TYPES = {"float32": "f32", "float64": "f64", "float16": "f16", "bfloat16": "bf16"}
TYPES |= {"int8": "i8", "uint8": "u8", "int32": "i32", "int64": "i64"}


@dataclass(frozen=True)
class _Output:
    """Values, and the type that the model has for them; NumPy has no bfloat16."""

    values: np.ndarray
    dtype: str


class OpenvinoAdapter(Adapter):
    """Functions of an input, or of an input and weights, that return a node of ``openvino.opset16``."""

    name = "openvino"
    title = "OpenVINO"
    imports = "import numpy as np\nimport openvino as ov\nfrom openvino import opset16 as ops"
    distributions = ("openvino", "numpy")
    modules = ("openvino",)
    channels_last = False
    applying = f"""x, w = (array.astype("@DTYPE@") for array in (x, w))
given = ops.parameter(x.shape, x.dtype)
made = layer(given, ops.constant(w)) if w.size else layer(given)
model = ov.Model([made.output(0)], [given])
y = ov.compile_model(model, "CPU", {OPTIONS})([x])[0]"""

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.ov, self.ops = self.namespace["ov"], self.namespace["ops"]
        self.core = self.ov.Core()

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        given, made = self._graph(layer, x.shape, weights, dtype)
        outside = self.ops.convert(made, "f32") if dtype == "bfloat16" else made
        model = self.ov.Model([outside], [given])
        return _Output(
            self.core.compile_model(model, "CPU", OPTIONS)([x.astype(_outside(dtype))])[0], self._dtype(made)
        )

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        sizes = self._graph(layer, shape, weights, dtype)[1].get_partial_shape()
        return tuple(sizes.to_shape()) if sizes.is_static else ()

    def to_numpy(self, y: Any) -> np.ndarray:
        return np.asarray(y.values if isinstance(y, _Output) else y)

    def facts(self) -> dict[str, Any]:
        return {"threads": OPTIONS["INFERENCE_NUM_THREADS"], "device": "cpu", "opset": self.ops.__name__}

    def _dtype(self, made: Any) -> str:
        """Return the dtype of an output; OpenVINO's own name for one that has no other."""
        kind = made.get_element_type().get_type_name()
        return next((dtype for dtype, name in TYPES.items() if name == kind), kind)

    def _graph(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[Any, Any]:
        """Return the parameter of a layer's input, and the output of the layer that computes in ``dtype``."""
        ops, kind = self.ops, TYPES[dtype]
        given = ops.parameter(shape, getattr(self.ov.Type, TYPES[_outside(dtype)]))
        inside = [ops.convert(given, kind) if dtype == "bfloat16" else given]
        if takes_weights(layer):
            if weights is None:
                raise ValueError("a function of weights has none of its own")
            inside.append(ops.constant(weights, getattr(self.ov.Type, kind)))
        return given, layer(*inside).output(0)


def _outside(dtype: str) -> str:
    """Return the dtype in which values cross OpenVINO's Python interface, which has no bfloat16 of NumPy's."""
    return "float32" if dtype == "bfloat16" else dtype


ADAPTER = OpenvinoAdapter
