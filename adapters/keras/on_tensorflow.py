"""Keras on TensorFlow: ``tf.keras``, which is Keras 3."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from ...cases.dtypes import INTEGERS
from ..processor import onednn_isa
from ..running import CPU, MODES, unavailable
from .adapter import KerasAdapter
from .backends import OnTensorflow


class TensorflowAdapter(KerasAdapter):
    """Layers of ``tf.keras``."""

    backend = OnTensorflow
    name = "tensorflow"
    title = "Keras on TensorFlow"
    imports = (
        "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers"
    )
    distributions: ClassVar[tuple[str, ...]] = ("tensorflow", "tensorflow-cpu", "keras", "numpy")
    modules: ClassVar[tuple[str, ...]] = ("tensorflow", "keras")
    variables: ClassVar[Mapping[str, str]] = {"KERAS_BACKEND": "tensorflow"}
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"mode": MODES, "device": (CPU, "gpu")}
    compiling = "tf.function(layer, jit_compile=True)"

    def pin(self) -> None:
        super().pin()
        threading = self.namespace["tf"].config.threading
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)
        if self.chosen.get("device", CPU) != CPU and not self.namespace["tf"].config.list_physical_devices("GPU"):
            version = self.namespace["tf"].__version__
            raise unavailable("gpu", f"TensorFlow {version}", RuntimeError("it finds no GPU"))

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        if not self.compiles:
            return super().forward(layer, x, weights, dtype)
        given = self.keras.ops.convert_to_tensor(x.astype(dtype) if dtype in INTEGERS else x, dtype=dtype)
        apply = self.constant(layer, given.shape, self.kernel(layer, weights))
        return self.namespace["tf"].function(apply, autograph=False, jit_compile=True)(given)

    def constant(self, layer: Any, shape: Any, kernel: np.ndarray | None) -> Callable[[Any], Any]:
        """Return a function of a tensor of this shape, to be traced: a layer with a constant as its kernel, or its own.

        No variables may be made while a function is traced.
        """
        if kernel is None:
            if not getattr(layer, "built", True):
                layer.build(shape)
            return lambda given: layer(given)

        def apply(given: Any) -> Any:
            with self.keras.StatelessScope(initialize_variables=False):
                return self.applied(layer, given, kernel)

        return apply

    def facts(self) -> dict[str, Any]:
        threads = self.namespace["tf"].config.threading.get_intra_op_parallelism_threads()
        devices = [device.device_type.lower() for device in self.namespace["tf"].config.get_visible_devices()]
        return {"threads": threads, "device": ", ".join(devices), **_onednn(), **super().facts()}


def _onednn() -> dict[str, Any]:
    """Return facts about oneDNN: whether TensorFlow uses it, and with which instruction set.

    TensorFlow decides this by the processor and ``TF_ENABLE_ONEDNN_OPTS``.
    """
    try:
        port = importlib.import_module("tensorflow.python.util._pywrap_util_port")
        used = bool(port.IsMklEnabled())  # TensorFlow 2.21 has no public name for this
    except (ImportError, AttributeError):
        return {}
    return {"onednn": used, "onednn_isa": onednn_isa()} if used else {"onednn": used}


ADAPTER = TensorflowAdapter
