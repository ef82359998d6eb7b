"""The lines to write for layers of ``adapters/windowless.py``: norms, dense layers, flattening, resizes and padding."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ....adapters.flax import windowless as flax
from ....adapters.keras import windowless as keras
from ....adapters.mxnet import windowless as mxnet
from ....adapters.onnx import windowless as onnx
from ....adapters.reading.literals import dotted, literal
from ....adapters.reading.source import Source
from ....adapters.registry import folder, held
from ....adapters.torch import windowless as torch
from ....adapters.windowless import REQUIRED, Unread, Windowless
from ....cases.errors import InputError
from .layout import code
from .names import folders
from .reasons import CHANNELS_LAST, naive, one_order, why

BY_FOLDER: dict[str, Any] = {"torch": torch, "keras": keras, "flax": flax, "mxnet": mxnet, "onnx": onnx}
LITERALS = "a number, a word, or a tuple of them"


@dataclass(frozen=True)
class Asked:
    """A layer without a window as a line has it: the framework's folder, the kind, its settings, and its input."""

    folder: str
    kind: str
    settings: Mapping[str, Any]
    sizes: tuple[int, ...]  # (C, *spatial)


def asked(source: Source, call: ast.Call, name: str, input: tuple[int, ...]) -> Asked | None:
    """Return the layer of a call; None if no framework has one of this name. Raise InputError for its arguments."""
    found = _found(name)
    if found is None:
        return None
    where, layer = found
    sizes = _sizes(name, layer, input)
    try:
        return Asked(where, layer.kind, layer.settings(_given(source, call, layer), sizes), sizes)
    except InputError:
        raise
    except Unread as unread:
        raise source.error(str(unread), _place(call, str(unread))) from None
    except (TypeError, ValueError):
        raise source.error(f"{name}: the arguments do not fit; expected numbers", call) from None


def spelled(layer: Asked, adapter: str) -> str:
    """Return the line for a layer in an adapter's framework; empty if there is none."""
    target, settings = folder(adapter), layer.settings
    if layer.kind == "flatten" and one_order(layer.sizes):
        settings = {"last": target in CHANNELS_LAST}  # as the framework does by itself
    line: str = BY_FOLDER[target].write(layer.kind, settings, layer.sizes)
    return line


def told(layer: Asked, adapter: str, framework: str) -> Iterator[str]:
    """Yield the line for a layer in one framework, the one that people write instead, and the reason."""
    line = spelled(layer, adapter)
    reasons = list(why(layer.kind, layer.settings, layer.sizes, layer.folder, folder(adapter)))
    if not line:
        yield f"{framework} has no line that gives the same numbers."
        yield from reasons
        return
    yield from code(f"In {framework}, write", line)
    other = naive(layer.kind, layer.settings, layer.sizes, held(adapter).split()[0])
    if other and other != line:
        yield from code("and not", other)
    yield from reasons or ["This is the same layer."]


def _found(name: str) -> tuple[str, Windowless] | None:
    """Return the framework and the layer of a dotted name; the framework is told by its beginning."""
    for where in folders(name):
        for known, layer in BY_FOLDER[where].READS.items():
            whole = f".{name}".endswith(f".{known}") if "." in known else name.rpartition(".")[2] == known
            if whole and not (name.startswith("F.") and "." not in known):
                return where, layer
    return None


def _sizes(name: str, layer: Windowless, input: tuple[int, ...]) -> tuple[int, ...]:
    """Return (C, *spatial) of an input that may have a batch; the rank is that of a name such as ZeroPad2d."""
    digits = [int(letter) for letter in name if letter.isdigit()]
    rank = digits[-1] if digits and digits[-1] in (1, 2, 3) else 2 if layer.kind == "resize" else len(input) - 1
    return input[-rank - 1 :] if len(input) > rank else input


def _given(source: Source, call: ast.Call, layer: Windowless) -> dict[str, Any]:
    """Return the arguments of a call that the layer's settings depend on, with the defaults. Raise InputError."""
    nodes = dict(zip(layer.arguments, call.args, strict=False))
    nodes |= {one.arg: one.value for one in call.keywords if one.arg is not None and one.arg in layer.arguments}
    given = {}
    for argument, default in layer.arguments.items():
        if argument in nodes and argument != layer.value:
            node = nodes[argument]
            named = dotted(node) if argument == "activation" else ""
            given[argument] = named or literal(source, argument, node, LITERALS)
        elif default is REQUIRED and argument != layer.value:
            raise source.error(f"{argument}: is not given; expected {LITERALS}", call)
        else:
            given[argument] = default
    return given


def _place(call: ast.Call, what: str) -> ast.expr | ast.keyword:
    """Return the argument that an error names, or the call."""
    name = what.partition(":")[0]
    return next((one for one in call.keywords if one.arg == name), call.args[0] if call.args else call)
