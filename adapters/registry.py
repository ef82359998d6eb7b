"""Which adapters there are: one more framework is one more folder here and one more line of ENTRIES.

An adapter's module is imported when it is needed. Worker code, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapter import Adapter

OWN = "own"  # the folder that an adapter of one's own travels in


@dataclass(frozen=True)
class Entry:
    """An adapter: its name, its module in this package, and how slowly its framework starts, in seconds.

    ``layers`` is the package whose live layers it takes, and ``backend`` that of Keras which has to be set for it.
    """

    name: str
    module: str
    start: float
    layers: str = ""
    backend: str = ""


ENTRIES = (
    Entry("torch", "torch.adapter", 1.6, "torch"),
    Entry("tensorflow", "keras.on_tensorflow", 3.6, "keras", "tensorflow"),
    Entry("keras-torch", "keras.on_torch", 5.6, "keras", "torch"),
    Entry("keras-jax", "keras.on_jax", 1.4, "keras", "jax"),
    Entry("flax", "flax.adapter", 1.2, "flax.linen"),
    Entry("mxnet", "mxnet.adapter", 1.1, "mxnet"),
    Entry("onnxruntime", "onnx.adapter", 0.3),
)
NAMES = tuple(entry.name for entry in ENTRIES)
_BY_NAME = {entry.name: entry for entry in ENTRIES}


def adapter_class(name: str) -> type[Adapter]:
    """Return the adapter of a name, its framework not yet imported. Raises KeyError for an unknown name.

    In a worker that is also one of one's own, which travels among ours.
    """
    if name in _BY_NAME:
        found: type[Adapter] = importlib.import_module(f"{__package__}.{_BY_NAME[name].module}").ADAPTER
        return found
    from .function_adapter import adapter_in  # which needs NumPy; the names of the adapters do not

    module = f"{__package__}.{OWN}.{file_name(name)}"
    try:
        return adapter_in(importlib.import_module(module), name)
    except ModuleNotFoundError as missing:
        if missing.name != module:
            raise
        raise KeyError(name) from None


def file_name(name: str) -> str:
    """Return what the module of an adapter of one's own is called."""
    return f"{name.replace('-', '_')}_adapter"


def folder(name: str) -> str:
    """Return the folder of an adapter here; empty where it is one's own."""
    return _BY_NAME[name].module.partition(".")[0] if name in _BY_NAME else ""


def start(name: str) -> float:
    """Return about how many seconds an adapter's framework takes to start; 0 where it is not known."""
    return _BY_NAME[name].start if name in _BY_NAME else 0.0


def of_layer(layer: Any) -> str | None:
    """Return the name of the adapter that takes a live layer, by its class or one that it inherits from; else None."""
    keras_first = sorted(ENTRIES, key=lambda entry: not entry.backend)  # on PyTorch its layers are torch's modules too
    for kind in type(layer).__mro__:
        for entry in keras_first:
            if not entry.layers or not (kind.__module__ + ".").startswith(entry.layers + "."):
                continue
            if entry.backend in ("", _keras_backend()) and callable(layer):
                return entry.name
    return None


def _keras_backend() -> str:
    keras = sys.modules.get("keras")
    return str(keras.config.backend()) if keras else ""
