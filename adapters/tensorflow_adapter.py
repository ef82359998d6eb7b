"""Keras on TensorFlow: ``tf.keras``, which is Keras 3."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

from ..cases.case import Case
from .keras_adapter import KerasAdapter, depthwise, undilated
from .processor import onednn_isa


class TensorflowAdapter(KerasAdapter):
    """Layers of ``tf.keras``."""

    name = "tensorflow"
    title = "Keras on TensorFlow"
    imports = (
        "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers"
    )
    distributions = ("tensorflow", "tensorflow-cpu", "keras", "numpy")
    modules = ("tensorflow", "keras")
    variables: ClassVar[Mapping[str, str]] = {"KERAS_BACKEND": "tensorflow"}

    def pin(self) -> None:
        super().pin()
        threading = self.namespace["tf"].config.threading
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)

    @classmethod
    def lacks(cls, case: Case) -> str:
        by_onednn = case.dtype in ("float32", "bfloat16") and (case.groups == 1 or depthwise(case))
        if case.op == "conv" and case.batch == 0 and by_onednn:
            return f"TensorFlow 2.21's {case.dtype} convolutions of an empty batch have the shape of their input"
        return ""

    @classmethod
    def feasible(cls, case: Case) -> Case:
        # TensorFlow 2.21 has transposed convolutions with dilation in some dtypes only, on the CPU.
        return undilated(case) if case.op == "conv_transpose" else super().feasible(case)

    @classmethod
    def strides(cls, case: Case) -> bool:
        # TensorFlow 2.21 takes different strides for the axes of these in some dtypes only, on the CPU.
        return super().strides(case) and not (depthwise(case) and len(set(case.stride)) > 1)

    @classmethod
    def pools(cls, case: Case) -> bool:
        # TensorFlow 2.21 has pools along three axes of float32 and bfloat16 only, on the CPU.
        return super().pools(case) and not (case.rank == 3 and case.dtype in ("float16", "float64"))

    def facts(self) -> dict[str, Any]:
        threads = self.namespace["tf"].config.threading.get_intra_op_parallelism_threads()
        devices = [device.device_type.lower() for device in self.namespace["tf"].config.get_visible_devices()]
        return {"threads": threads, "device": ", ".join(devices), **_onednn(), **super().facts()}


def _onednn() -> dict[str, Any]:
    """Whether TensorFlow uses oneDNN, as it decides by the processor and ``TF_ENABLE_ONEDNN_OPTS``, and how."""
    try:
        port = importlib.import_module("tensorflow.python.util._pywrap_util_port")
        used = bool(port.IsMklEnabled())  # TensorFlow has no public name for it (2.21)
    except (ImportError, AttributeError):
        return {}
    return {"onednn": used, "onednn_isa": onednn_isa()} if used else {"onednn": used}


ADAPTER = TensorflowAdapter
