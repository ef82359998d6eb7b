"""The names of models: ``LABEL:module:factory``, with literal arguments or without, a file, or a recording.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .recording import FILE

# The adapters whose framework reads a file, by its ending; the first of them that has an environment does.
READERS = {
    ".onnx": ("onnxruntime",),
    ".keras": ("tensorflow", "keras-torch", "keras-jax"),
    ".h5": ("tensorflow", "keras-torch", "keras-jax"),
    ".pt2": ("torch",),
    ".tflite": ("tensorflow",),
}
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt")
UNREAD = (".pb",)
FORMS = "LABEL:module:factory, a file (.onnx, .keras, .h5, .pt2, .tflite) or a recording's folder"
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


class BadName(ValueError):
    """A text that names no model: one sentence that says why, and which texts do."""


@dataclass(frozen=True)
class Factory:
    """A function in a module of the user's that returns a model, and its arguments, which are literals."""

    label: str
    module: str
    function: str
    arguments: tuple[Any, ...] = ()
    keywords: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class ModelFile:
    """A file that a framework can read as data; ``adapters`` are those that can."""

    path: Path
    adapters: tuple[str, ...]


@dataclass(frozen=True)
class Recorded:
    """The folder of a recording."""

    path: Path


Model = (Factory, ModelFile, Recorded)  # the results of parse


def looks_like_a_model(text: str) -> bool:
    """Return whether a text can only be meant as a model, rather than as a line of source."""
    if Path(text).suffix.lower() in (*READERS, *PICKLES, *UNREAD) or _is_recording(text):
        return True
    return re.match(r"[\w.\-]+(:[\w.\-]+)?:[\w.]+:[A-Za-z_]", text) is not None


def _is_recording(text: str) -> bool:
    """Return whether a text is the path of a folder with a recording."""
    try:
        return (Path(text) / FILE).is_file()
    except OSError:  # a long line of source is no path at all
        return False


def parse(text: str) -> Any:
    """Return the Factory, ModelFile or Recorded that a text names. Raise BadName if it names none."""
    path = Path(text)
    ending = path.suffix.lower()
    if ending in PICKLES and ":" not in text:
        raise BadName(
            f"{text}: a {ending} file is a pickle, which executes code when it is read; load it in a "
            f"function of yours, def model(): net = Net(); net.load_state_dict(torch.load({path.name!r}, "
            "weights_only=True)); return net, "
            "and name torch:my_module:model"
        )
    if ending in UNREAD and ":" not in text:
        known = ", ".join(READERS)
        raise BadName(
            f"{text}: a {ending} file is a graph of operations without layers, so it is not read; the files that are "
            f"read are {known}: save the model that it was made of as one of these"
        )
    if ending in READERS and ":" not in text:
        if not path.is_file():
            raise BadName(f"{text}: no such file")
        return ModelFile(path, READERS[ending])
    if path.is_dir():
        return Recorded(path)
    head, colon, function = _split(text)
    label, second, module = head.rpartition(":")
    if not colon or not second or not label:
        raise BadName(f"{text!r} names no model; expected {FORMS}")
    if not NAME.fullmatch(module):
        raise BadName(f"{text!r}: {module!r} is not the name of a module, such as my_package.nets")
    name, arguments, keywords = _call(function, text)
    return Factory(label, module, name, arguments, keywords)


def _split(text: str) -> tuple[str, str, str]:
    """Return the parts before and after the last colon outside brackets."""
    before, bracket, rest = text.partition("(")
    head, colon, function = before.rpartition(":")
    return head, colon, function + bracket + rest


def _call(function: str, text: str) -> tuple[str, tuple[Any, ...], tuple[tuple[str, Any], ...]]:
    if NAME.fullmatch(function):
        return function, (), ()
    wanted = "a function's name, such as make_net or make_net('small', classes=10)"
    try:
        call = ast.parse(function, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadName(f"{text!r}: {function!r} is not {wanted}") from None
    if not isinstance(call, ast.Call) or not NAME.fullmatch(ast.unparse(call.func)):
        raise BadName(f"{text!r}: {function!r} is not {wanted}")
    try:
        arguments = tuple(ast.literal_eval(argument) for argument in call.args)
        keywords = tuple((str(one.arg), ast.literal_eval(one.value)) for one in call.keywords if one.arg)
    except ValueError:
        raise BadName(f"{text!r}: arguments have to be literals, such as 'small', 10 or True") from None
    if len(keywords) != len(call.keywords):
        raise BadName(f"{text!r}: arguments have to be literals, such as 'small', 10 or True")
    return ast.unparse(call.func), arguments, keywords
