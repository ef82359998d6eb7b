"""The list of adapters. To add a framework, add a folder here and an entry in ENTRIES.

An adapter's module is imported only when it is needed. Worker code, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..cases.case import Case
    from .adapter import Adapter
    from .models.filling import Fills
    from .models.recorder import Recorder
    from .spelling import Speller

OWN = "own"  # the folder in which a user's adapter is sent to the worker


@dataclass(frozen=True)
class Entry:
    """An adapter: its name, its module in this package, and the time in seconds that its framework takes to start.

    ``spelling`` is the module, or ``module:class``, that spells cases for it without the framework. ``held`` is the
    version with which predictions were compared, and ``reads`` names the frameworks whose lines of source it answers
    for; ``runs`` names others whose lines it can run. ``aliases`` are words that people may use for it; an error
    message that names one of them suggests the adapter. ``layers`` are the packages whose live layers it accepts, and
    ``backend`` the Keras backend that it needs. ``title`` is the name of the framework in a sentence. ``more``
    says that it is no part of ``all``, and of predictions that name no adapter. ``limits`` is the module that says what
    else becomes of a layer of the framework where this adapter runs it.
    """

    name: str
    module: str
    spelling: str
    held: str
    start: float
    reads: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    backend: str = ""
    title: str = ""
    more: bool = False
    limits: str = ""


def _keras(backend: str, start: float, **more: Any) -> Entry:
    name = backend if backend == "tensorflow" else f"keras-{backend}"
    spelling = f"keras.backends:On{backend.capitalize()}"
    return Entry(
        name,
        f"keras.on_{backend}",
        spelling,
        "keras 3.15.1",
        start,
        layers=("keras",),
        backend=backend,
        title="Keras",
        **more,
    )


ENTRIES = (
    Entry(
        "torch",
        "torch.adapter",
        "torch.spelling",
        "torch 2.13.0",
        1.6,
        ("PyTorch",),
        aliases=("pytorch",),
        layers=("torch",),
        title="PyTorch",
    ),
    _keras("tensorflow", 3.6, reads=("Keras", "TensorFlow"), aliases=("keras", "tf")),
    _keras("torch", 5.6, runs=("Keras",)),
    _keras("jax", 1.4, runs=("Keras",)),
    Entry(
        "flax",
        "flax.adapter",
        "flax.spelling",
        "flax 0.12.8",
        1.2,
        ("Flax", "JAX"),
        aliases=("jax", "linen"),
        layers=("flax.linen", "flax.nnx"),
        title="Flax",
    ),
    Entry(
        "mxnet",
        "mxnet.adapter",
        "mxnet.spelling",
        "mxnet 1.9.1",
        1.1,
        ("MXNet",),
        aliases=("gluon",),
        layers=("mxnet",),
        title="MXNet",
    ),
    Entry(
        "onnxruntime",
        "onnx.adapter",
        "onnx.spelling",
        "onnxruntime 1.32.0",
        0.3,
        ("ONNX",),
        aliases=("onnx", "ort"),
        title="ONNX Runtime",
    ),
    Entry(
        "equinox",
        "equinox.adapter",
        "equinox.spelling",
        "equinox 0.13.8",
        1.6,
        ("Equinox",),
        aliases=("eqx",),
        title="Equinox",
        more=True,
    ),
    Entry(
        "haiku",
        "haiku.adapter",
        "haiku.spelling",
        "dm-haiku 0.0.17",
        1.6,
        ("Haiku",),
        aliases=("hk", "dm-haiku"),
        title="Haiku",
        more=True,
    ),
    Entry(
        "openvino",
        "openvino.adapter",
        "openvino.spelling",
        "openvino 2026.4.1",
        0.8,
        ("OpenVINO",),
        aliases=("ov",),
        title="OpenVINO",
        more=True,
    ),
    Entry(
        "litert",
        "keras.on_litert",
        "keras.backends:OnLitert",
        "ai-edge-litert 2.3.0",
        4.0,
        runs=("Keras",),
        aliases=("tflite",),
        title="LiteRT",
        more=True,
        limits="keras.litert_signatures",
    ),
    Entry(
        "mlx",
        "mlx.adapter",
        "mlx.spelling",
        "mlx 0.32.4",
        0.2,
        ("MLX",),
        title="MLX",
        more=True,
    ),
    Entry(
        "paddle",
        "paddle.adapter",
        "paddle.spelling",
        "paddlepaddle 3.3.1",
        2.6,
        ("PaddlePaddle",),
        aliases=("paddlepaddle",),
        title="PaddlePaddle",
        more=True,
    ),
    Entry(
        "torch-onnx",
        "torch.on_onnx",
        "torch.onnx_spelling",
        "torch 2.13.0 and onnxruntime 1.32.0",
        6.0,
        runs=("PyTorch",),
        aliases=("torch-export",),
        title="PyTorch on ONNX Runtime",
        more=True,
        limits="torch.onnx_signatures",
    ),
    Entry(
        "tensorflowjs",
        "tensorflowjs.adapter",
        "tensorflowjs.spelling",
        "@tensorflow/tfjs 4.22.0",
        1.0,
        ("TensorFlow.js",),
        aliases=("tfjs", "tensorflow.js"),
        title="TensorFlow.js",
        more=True,
    ),
)
NAMES = tuple(entry.name for entry in ENTRIES)
USUAL = tuple(entry.name for entry in ENTRIES if not entry.more)  # those that are meant where none is named
_BY_NAME = {entry.name: entry for entry in ENTRIES}


def adapter_class(name: str) -> type[Adapter]:
    """Return the adapter with this name, without importing its framework. Raises KeyError for an unknown name.

    In a worker, this also finds a user's adapter, which is sent along with convparity's own.
    """
    if name in _BY_NAME:
        found: type[Adapter] = importlib.import_module(f"{__package__}.{_BY_NAME[name].module}").ADAPTER
        return found
    from .function_adapter import adapter_in  # imported here because it needs NumPy

    module = f"{__package__}.{OWN}.{file_name(name)}"
    try:
        return adapter_in(importlib.import_module(module), name)
    except ModuleNotFoundError as missing:
        if missing.name != module:
            raise
        raise KeyError(name) from None


def recorder_class(name: str) -> type[Recorder]:
    """Return the recorder of models of a built-in adapter's framework. Raise KeyError for any other name."""
    found: type[Recorder] = importlib.import_module(f"{__package__}.{folder(name) or name}.recorder").RECORDER
    return found


def filling(name: str) -> Fills:
    """Return the filler of weights for models of a built-in adapter's framework."""
    found: Fills = importlib.import_module(f"{__package__}.{folder(name) or name}.filling")
    return found


@cache
def speller(name: str) -> Speller:
    """Return the speller of cases for a built-in adapter, without NumPy. Raises KeyError for any other name."""
    module, _, kind = _BY_NAME[name].spelling.partition(":")
    found = importlib.import_module(f"{__package__}.{module}")
    spells: Speller = getattr(found, kind) if kind else found
    return spells


def limited(name: str) -> bool:
    """Return whether a built-in adapter runs a layer as something else than its framework's layer."""
    return bool(_BY_NAME[name].limits)


def limits(name: str, layer: str, case: Case) -> list[str]:
    """Return asides on a layer, by its name in the source and its case, that are not in the signature of the layer.

    They are on what a built-in adapter makes of it, which runs it as something else than its framework's layer.
    """
    module = _BY_NAME[name].limits
    said: list[str] = importlib.import_module(f"{__package__}.{module}").asides(layer, case) if module else []
    return said


def writer(name: str, interface: str = "") -> Any:
    """Return the module that writes the lines of a built-in adapter which mend a model; None if it has none.

    ``interface`` is that of the model, where the framework has several, such as nnx.
    """
    module = f"{__package__}.{folder(name)}.{interface}_writing".replace("._", ".")
    return importlib.import_module(module) if importlib.util.find_spec(module) else None


def held(name: str) -> str:
    """Return the version for which the spellings of a built-in adapter hold."""
    return _BY_NAME[name].held


def title(name: str) -> str:
    """Return the framework of an adapter as a sentence names it; the adapter's own name where it is a user's."""
    return _BY_NAME[name].title if name in _BY_NAME else name


def reader(framework: str) -> str:
    """Return the name of the adapter that answers for the lines of a framework, by its title such as ``PyTorch``."""
    return next(entry.name for entry in ENTRIES if framework in entry.reads)


def runners(frameworks: Set[str]) -> tuple[str, ...]:
    """Return the names of the adapters that can run a line of these frameworks, by their titles."""
    return tuple(entry.name for entry in ENTRIES if frameworks <= {*entry.reads, *entry.runs})


def meant(word: str) -> str:
    """Return the name of the adapter that has this alias; empty if there is none."""
    return next((entry.name for entry in ENTRIES if word.lower() in entry.aliases), "")


def file_name(name: str) -> str:
    """Return the name of the module of a user's adapter."""
    return f"{name.replace('-', '_')}_adapter"


def folder(name: str) -> str:
    """Return the folder of an adapter in this package; empty for a user's adapter."""
    return _BY_NAME[name].module.partition(".")[0] if name in _BY_NAME else ""


def start(name: str) -> float:
    """Return roughly how many seconds an adapter's framework takes to start; 0 if that is unknown."""
    return _BY_NAME[name].start if name in _BY_NAME else 0.0


def of_layer(layer: Any) -> str | None:
    """Return the name of the adapter that accepts a live layer, by its class or a base class; None if there is none."""
    keras_first = sorted(ENTRIES, key=lambda entry: not entry.backend)  # on PyTorch, a Keras layer is a torch module
    for kind in type(layer).__mro__:
        for entry in keras_first:
            if not (kind.__module__ + ".").startswith(tuple(package + "." for package in entry.layers)):
                continue
            if entry.backend in ("", _keras_backend()) and callable(layer):
                return entry.name
    return None


def of_model(model: Any) -> str | None:
    """Return the name of the adapter that records a live model; None if there is none."""
    if type(model).__module__.partition(".")[0] == "onnx":
        return "onnxruntime"
    return of_layer(model[0] if isinstance(model, tuple) and len(model) == 2 else model)


def _keras_backend() -> str:
    keras = sys.modules.get("keras")
    return str(keras.config.backend()) if keras else ""
