"""Keras on TensorFlow: ``tf.keras``, which is Keras 3."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

from ..processor import onednn_isa
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

    def pin(self) -> None:
        super().pin()
        threading = self.namespace["tf"].config.threading
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)

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
