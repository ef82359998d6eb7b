"""Keras layers as models of TensorFlow Lite, which TensorFlow converts and the interpreter of LiteRT runs."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from .backends import OnLitert
from .litert_script import RUN
from .on_tensorflow import TensorflowAdapter

NO_OPERATOR = re.compile(r"error: ('tf\..*)")  # the converter's first complaint


class LitertAdapter(TensorflowAdapter):
    """Layers of ``tf.keras``, each a model that ``tf.lite.TFLiteConverter`` makes for one shape of input."""

    backend = OnLitert
    name = "litert"
    title = "LiteRT"
    imports = f"{TensorflowAdapter.imports}\nfrom ai_edge_litert.interpreter import Interpreter"
    distributions = ("ai-edge-litert", "tensorflow", "tensorflow-cpu", "keras", "numpy")
    modules = ("ai_edge_litert", "tensorflow", "keras")
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # TensorFlow 2.21 notes five things about each model that it converts.
    variables: ClassVar[Mapping[str, str]] = {**TensorflowAdapter.variables, "TF_CPP_MIN_LOG_LEVEL": "2"}
    applying = "\n".join(
        [
            'x = numpy.moveaxis(x, 1, -1).astype("@DTYPE@")  # channels last',
            "layer.build(x.shape)",
            "for variable in layer.weights:",
            "    variable.assign(numpy.moveaxis(w, (0, 1), (-1, -2)).reshape(variable.shape))",
            "given = tf.function(layer)",
            *RUN,
        ]
    )

    def __init__(self) -> None:
        super().__init__()
        self.tf, self.interpreter = self.namespace["tf"], self.namespace["Interpreter"]

    def pin(self) -> None:
        super().pin()
        # The function alone is the whole model; TensorFlow 2.21 asks for what else it may belong to, each time.
        logging.getLogger("absl").setLevel(logging.ERROR)

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        given = x.astype(self.tf.as_dtype(dtype).as_numpy_dtype)
        run = self.interpreter(model_content=self._converted(layer, given, self.kernel(layer, weights)), num_threads=1)
        run.allocate_tensors()
        run.set_tensor(run.get_input_details()[0]["index"], given)
        run.invoke()
        return run.get_tensor(run.get_output_details()[0]["index"])

    def _converted(self, layer: Any, x: np.ndarray, kernel: np.ndarray | None) -> Any:
        """Return the model of a layer with this kernel, or its own, for inputs like ``x``."""
        apply = self.constant(layer, x.shape, kernel)
        made = self.tf.function(apply, autograph=False).get_concrete_function(self.tf.TensorSpec(x.shape, x.dtype))
        try:
            return self.tf.lite.TFLiteConverter.from_concrete_functions([made]).convert()
        except Exception as error:
            lacking = NO_OPERATOR.search(str(error))
            if lacking is None:
                raise
            raise type(error)(lacking[1]) from None  # the rest are places in files, and the whole function

    def to_numpy(self, y: Any) -> np.ndarray:
        return np.asarray(y)

    def facts(self) -> dict[str, Any]:
        return {"threads": 1, "device": "cpu", "backend": self.keras.config.backend()}


ADAPTER = LitertAdapter
