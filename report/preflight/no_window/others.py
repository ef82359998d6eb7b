"""The lines to write for layers of ``adapters/windowless.py``: norms, dense layers, flattening, resizes and padding."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ....adapters.flax import windowless as flax
from ....adapters.keras import windowless as keras
from ....adapters.mxnet import windowless as mxnet
from ....adapters.onnx import windowless as onnx
from ....adapters.reading.literals import dotted, fraction, literal
from ....adapters.reading.source import Source
from ....adapters.rearranged import RESHAPE, vector
from ....adapters.registry import folder
from ....adapters.torch import windowless as torch
from ....adapters.windowless import ELEMENTWISE, REQUIRED, Unread, Windowless, one_order
from ....cases.errors import InputError
from .initials import initial
from .layout import code
from .names import folders
from .rearranged import lead
from .reasons import CHANNELS_LAST, naive, why

BY_FOLDER: dict[str, Any] = {"torch": torch, "keras": keras, "flax": flax, "mxnet": mxnet, "onnx": onnx}
ON_TENSORFLOW = ("tensorflow", "litert")  # the adapters of Keras that have ``tf``
IMAGES = ("resize", "depth_to_space", "space_to_depth")  # the kinds whose input is one, where the name says no rank
FUNCTIONS = ("activation", "activation_fn", "normalizer_fn")  # the arguments that are functions, or their names
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
    found = _by_word(call, name) or _found(name, call)
    if found is None:
        return None
    where, layer = found
    sizes = _sizes(name, layer, input)
    if layer.kind in IMAGES and len(sizes) < 2:
        given = "x".join(map(str, input))
        raise InputError(
            [f"input: {given} has no spatial sizes, and {name} needs some; expected CxHxW, such as 3x64x64"]
        )
    try:
        settings = dict(layer.settings(_given(source, call, layer), sizes))
        return Asked(where, settings.pop("kind", layer.kind), settings, sizes)
    except InputError:
        raise
    except Unread as unread:
        raise source.error(str(unread), _place(call, layer, str(unread))) from None
    except (TypeError, ValueError):
        raise source.error(f"{name}: the arguments do not fit; expected numbers", call) from None


def stated(source: Source, call: ast.Call, name: str) -> tuple[int, ...]:
    """Return the channels that a line says its input has, or all of its sizes; empty if it says none."""
    found = _found(name, call)
    if found is None or not found[1].channels:
        return ()
    where, layer = found
    value = _given(source, call, layer)[layer.channels]
    if layer.kind == RESHAPE:
        return vector(value, batch=bool(layer.value), last=where in CHANNELS_LAST)
    if value == layer.arguments[layer.channels]:  # one slope for all channels
        return ()
    numbers = value if isinstance(value, tuple) else (value,)
    return numbers if all(isinstance(one, int) and one > 0 for one in numbers) else ()


def ranks(call: ast.Call, name: str) -> tuple[int, ...]:
    """Return the numbers of spatial axes that the input of a line can have."""
    if rank := named_rank(name):
        return (rank,)
    found = _found(name, call)
    if found is None or found[1].kind not in IMAGES:
        return (0, 1, 2, 3)
    return (1, 2) if found[0] == "torch" and found[1].kind == "resize" else (2,)


def spelled(layer: Asked, adapter: str) -> str:
    """Return the line for a layer in an adapter's framework; empty if there is none."""
    target, settings = folder(adapter), layer.settings
    if layer.kind == "flatten" and one_order(layer.sizes):
        settings = {"last": target in CHANNELS_LAST}  # as the framework does by itself
    line: str = BY_FOLDER[target].write(layer.kind, settings, layer.sizes)
    return "" if line.startswith("tf.") and adapter not in ON_TENSORFLOW else line


def told(layer: Asked, adapter: str, framework: str) -> Iterator[str]:
    """Yield the line for a layer in one framework, the one that people write instead, and the reason."""
    line = spelled(layer, adapter)
    reasons = list(why(layer.kind, layer.settings, layer.sizes, layer.folder, folder(adapter)))
    if not line:
        yield f"{framework} has no line that gives the same numbers."
        yield from reasons
        return
    *before, last = [*lead(layer.kind, layer.settings, folder(adapter), framework)] or [f"In {framework}, write"]
    yield from before
    yield from code(last, line)
    other = naive(layer.kind, layer.settings, layer.sizes, folder(adapter))
    if other and other != line:
        yield from code("and not", other)
    yield from reasons or ["This is the same layer."]


def _found(name: str, call: ast.Call) -> tuple[str, Windowless] | None:
    """Return the framework and the layer of a dotted name, which begins as that framework's names do.

    Of several frameworks, it is the first whose layer has the arguments that are named.
    """
    found = []
    for where in folders(name):
        for known, layer in BY_FOLDER[where].READS.items():
            whole = f".{name}".endswith(f".{known}") if "." in known else name.rpartition(".")[2] == known
            if whole and not (name.startswith("F.") and "." not in known):
                found.append((where, layer))
                break
    named = {one.arg for one in call.keywords}
    return next((one for one in found if named <= set(one[1].arguments)), found[0] if found else None)


def _by_word(call: ast.Call, name: str) -> tuple[str, Windowless] | None:
    """Return the layer that Keras' Activation is given by its name or as a function; None if it is none of these."""
    if name.rpartition(".")[2] != "Activation" or "keras" not in folders(name):
        return None
    given = [*call.args, *(one.value for one in call.keywords if one.arg == "activation")]
    word = getattr(given[0], "value", None) if given else None
    text = word if isinstance(word, str) else dotted(given[0]) if given else ""
    layer = keras.READS.get(f"activations.{text.rpartition('.')[2]}")
    return ("keras", replace(layer, arguments={**layer.arguments, "activation": None})) if layer else None


def _sizes(name: str, layer: Windowless, input: tuple[int, ...]) -> tuple[int, ...]:
    """Return (C, *spatial) of an input that may have a batch; the rank is that of a name such as ZeroPad2d."""
    rank = named_rank(name) or (2 if layer.kind in IMAGES else len(input) - 1)
    return input[-rank - 1 :] if len(input) > rank else input


def named_rank(name: str) -> int:
    """Return the number of spatial axes that a name such as ZeroPad2d says; 0 if it says none."""
    digits = [int(letter) for letter in name.rpartition(".")[2] if letter.isdigit()]
    return digits[-1] if digits and digits[-1] in (1, 2, 3) else 0


def _given(source: Source, call: ast.Call, layer: Windowless) -> dict[str, Any]:
    """Return the arguments of a call that the layer's settings depend on, with the defaults. Raise InputError."""
    nodes = dict(zip(layer.arguments, call.args, strict=False))
    nodes |= {one.arg: one.value for one in call.keywords if one.arg is not None and one.arg in layer.arguments}
    given = {}
    for argument, default in layer.arguments.items():
        if argument in nodes and argument != layer.value:
            node = nodes[argument]
            named = dotted(node) if argument in FUNCTIONS else ""
            literals = partial(fraction if layer.kind in ELEMENTWISE else literal, allowed=LITERALS)
            read = initial if argument.endswith("_initializer") else literals
            given[argument] = named or read(source, argument, node)
        elif default is REQUIRED and argument != layer.value:
            raise source.error(f"{argument}: is not given; expected {LITERALS}", call)
        else:
            given[argument] = default
    return given


def _place(call: ast.Call, layer: Windowless, what: str) -> ast.expr | ast.keyword:
    """Return the argument that an error names, or the call."""
    name = what.partition(":")[0]
    by_name: dict[str | None, ast.expr | ast.keyword] = {one.arg: one for one in call.keywords}
    by_name.update(zip(layer.arguments, call.args, strict=False))
    return by_name.get(name, call.args[0] if call.args else call)
