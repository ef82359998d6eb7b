"""The words that people use for an adapter, such as ``tf``; the meaning of a word is printed where it is used."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..adapters.registry import NAMES, meant
from ..cases.errors import InputError
from ..cases.text import did_you_mean, printable

if TYPE_CHECKING:
    from ..adapters.own.loading import Adapters

# Words that are also the name of a package, whose version they are given: keras==3.14.1 is not a version of TensorFlow.
PACKAGES = ("keras", "jax", "onnx")
TITLES = {
    "torch": "PyTorch",
    "tensorflow": "Keras on TensorFlow",
    "flax": "Flax on JAX",
    "mxnet": "MXNet",
    "onnxruntime": "ONNX Runtime",
    "equinox": "Equinox on JAX",
    "haiku": "Haiku on JAX",
    "openvino": "OpenVINO",
    "litert": "LiteRT",
    "mlx": "MLX",
    "paddle": "PaddlePaddle",
    "tensorflowjs": "TensorFlow.js in Node.js",
    "torch-onnx": "PyTorch exported to ONNX Runtime",
}
_told: set[str] = set()


def adapter_named(word: str, adapters: Adapters, origin: str) -> str:
    """Return the adapter that a word stands for, and print once which one; any other word is returned as it is."""
    name = "" if word in adapters.names else meant(word)
    if name and word not in _told:
        _told.add(word)
        print(f"{origin}: {word!r} stands for the adapter {name!r}, {TITLES[name]}", file=sys.stderr)
    return name or word


def adapters_in(text: str, origin: str = "--to") -> list[str]:
    """Return the built-in adapters that a text names, with commas between them. Raise InputError for any other word."""
    found = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        name = word if word in NAMES else meant(word)
        if not name:
            known = ", ".join(NAMES)
            raise InputError(
                [f"{origin}: {printable(word, 60)!r} is not an adapter; expected {known}{did_you_mean(word, NAMES)}"]
            )
        found.append(name)
    if not found:
        raise InputError([f"{origin}: names no adapter; expected one or several of {', '.join(NAMES)}, with commas"])
    return list(dict.fromkeys(found))


def spelled_out(request: str, adapters: Adapters, origin: str) -> str:
    """Return a request of ``--with`` with the adapter's name: ``keras==3.14.1`` is ``tensorflow,keras==3.14.1``."""
    label, colon, rest = request.rpartition(":")
    first, comma, more = rest.partition(",")
    word, equals, version = first.partition("==")
    name = adapter_named(word, adapters, origin)
    of_a_package = f",{word}" if name != word and equals and word in PACKAGES else ""
    return f"{label}{colon}{name}{of_a_package}{equals}{version}{comma}{more}"
