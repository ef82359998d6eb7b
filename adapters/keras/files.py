"""Reads a Keras model from a file, ``.keras`` or ``.h5``, once nothing in the file can execute code.

``safe_mode`` of Keras has been circumvented several times, and is not there in old versions for ``.h5``. So the
configuration is looked through first: it may name classes and functions of Keras that compute, and nothing else.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from ..models.archives import LARGEST_JSON, Archive, inside, parsed
from ..models.recorder import NotAModel

CONFIG = "config.json"
# These classes execute code, unpickle it, or read other files, as their configuration says.
EXECUTING = ("Lambda", "__lambda__", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer")
COMPUTING = (
    "activations|applications|constraints|dtype_policies|initializers|layers|losses|metrics|models|ops|optimizers"
    "|quantizers|random|regularizers"
)
MODULES = re.compile(rf"builtins|keras|keras\.(src\.)?({COMPUTING})(\.\w+)*")
FUNCTIONS = re.compile(r"builtins|keras\.(src\.)?(activations|ops)(\.\w+)*")  # a function is called with tensors
REBUILD = "build the model in a function of yours, and name LABEL:module:function"


def load(keras: Any, path: Path) -> Any:
    """Return the model in a file. Raise NotAModel if it cannot be read, or would execute code."""
    _check(path, _zipped(path) if path.suffix.lower() == ".keras" else _hdf5(path))
    try:
        return keras.models.load_model(str(path), compile=False, safe_mode=True)
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise NotAModel(f"{path}: Keras {keras.__version__} cannot read it ({why})") from None


def _zipped(path: Path) -> Any:
    return Archive(path).json(CONFIG)


def _hdf5(path: Path) -> Any:
    try:
        with importlib.import_module("h5py").File(path, "r") as file:
            text = file.attrs.get("model_config")
    except (OSError, ValueError, RuntimeError, KeyError):
        raise NotAModel(f"{path}: not an HDF5 file, or an incomplete one; save the model again") from None
    if text is None:
        raise NotAModel(f"{path}: holds no model, perhaps only weights; {REBUILD}")
    if not isinstance(text, (str, bytes)) or len(text) > LARGEST_JSON:
        raise NotAModel(f"{path}: its configuration is no text that Keras writes; save the model again")
    return parsed(text, f"{path}: its configuration")


def _check(path: Path, config: Any) -> None:
    if not isinstance(config, dict) or "class_name" not in config:
        raise NotAModel(f"{path}: its configuration describes no model; save the model again")
    for _, value in inside(config):
        if not isinstance(value, dict) or "class_name" not in value:
            continue
        name, module = value["class_name"], value.get("module")
        if name in EXECUTING or value.get("registered_name") in EXECUTING:
            of = value.get("config")
            layer = f" {of['name']!r}"[:100] if isinstance(of, dict) and "name" in of else ""
            raise NotAModel(f"{path}: the layer{layer} is a {name}, which executes code from the file; {REBUILD}")
        allowed = FUNCTIONS if name == "function" else MODULES
        if module is not None and not (isinstance(module, str) and allowed.fullmatch(module)):
            thing = f"{module}.{name}"[:100]
            raise NotAModel(f"{path}: names {thing!r}, which is no layer or function of Keras; {REBUILD}")
