"""The layer that a call makes: which signatures go by its name, and which of them fits its arguments."""

from __future__ import annotations

import ast
from functools import lru_cache

from ...cases.errors import InputError
from ...cases.text import did_you_mean, printable
from ..layers import BY_NAME, BY_OP_TYPE, MAKERS, NAMES, PREFIXES, READS, UNHANDLED, WINDOWLESS
from ..signature import Layer
from ..tensorflowjs.signatures import FRAMEWORK as TENSORFLOWJS
from .binding import Bound, bind
from .literals import dotted
from .source import Source


def is_maker(name: str) -> bool:
    """Return whether a dotted name is that of ``helper.make_node``."""
    prefix, _, own_name = name.rpartition(".")
    return name in MAKERS or (prefix not in PREFIXES and own_name in MAKERS)


def bound(source: Source, call: ast.Call) -> Bound:
    """Return the layer that a call makes. Raises InputError."""
    refused = []
    for signature in _candidates(source, call):
        try:
            return bind(source, call, signature)
        except InputError as error:
            refused.append(error)
    raise refused[0]


def unknown(source: Source, node: ast.expr) -> InputError:
    """Return the error that something is no layer that can be read."""
    name = dotted(node)
    prefix, _, own_name = name.rpartition(".")
    if own_name in WINDOWLESS and (prefix in PREFIXES or not prefix):
        what = "slides no window, so there is no padding to compare; `convparity compare` and `preflight` cover it in a"
        return source.error(f"layer: {source.quoted(node)} {what} whole model; here, expected {READS}", node)
    return source.error(f"layer: {source.quoted(node)} is not known; expected {READS}{_close(name)}", node)


@lru_cache(4096)
def _close(name: str) -> str:
    """Return the known name that is meant, as the end of an error; empty if none is close."""
    prefix = name.rpartition(".")[0]
    beside = [known for known in NAMES if known.rpartition(".")[0] == prefix]
    return did_you_mean(name, beside) or did_you_mean(name, NAMES)


def is_known(name: str) -> bool:
    """Return whether a dotted name is one of a framework's own, which cannot be anything else."""
    prefix, _, own_name = name.rpartition(".")
    return bool(prefix and prefix in PREFIXES) or any(
        known in BY_NAME or known in UNHANDLED for known in (name, own_name)
    )


def _candidates(source: Source, call: ast.Call) -> list[Layer]:
    """Return the layers that a call may make, the likeliest first."""
    name = dotted(call.func)
    prefix, _, own_name = name.rpartition(".")
    if name in UNHANDLED or (own_name in UNHANDLED and name not in BY_NAME):
        what = f"{printable(name, 60)} is not handled by this version; expected {READS}"
        raise source.error(f"layer: {what}", call.func)
    if is_maker(name):
        return [_node_signature(source, call, name)]
    if name in BY_NAME:
        layers = BY_NAME[name]
        if source.javascript:  # Python's TensorFlow has some of these names too
            layers = tuple(layer for layer in layers if layer.framework == TENSORFLOWJS) or layers
    elif prefix not in PREFIXES and own_name[:1].isupper() and own_name in BY_NAME:
        layers = BY_NAME[own_name]
        if len(usual := {layer.framework: layer.names[0] for layer in layers}) > 1:
            ways = " or ".join(f"{usual_name} for {framework}" for framework, usual_name in usual.items())
            raise source.error(f"layer: {source.quoted(call.func)} is not known; write {ways}", call.func)
    else:
        raise unknown(source, call.func)
    given = {keyword.arg for keyword in call.keywords}
    # PyTorch prints a convolution with only its channels as positional arguments.
    printed = not prefix and len(call.args) == 2 and {"kernel_size", "stride"} <= given
    layers = tuple(layer for layer in layers if layer.printed == printed) or layers
    layers = tuple(layer for layer in layers if not layer.only_with or layer.only_with & given)
    return sorted(layers, key=lambda layer: not given <= layer.arguments.keys())


def _node_signature(source: Source, call: ast.Call, name: str) -> Layer:
    """Return the ONNX operator of a ``make_node`` call, which is its first argument."""
    allowed = " or ".join(map(repr, BY_OP_TYPE))
    node = op_type(call)
    if node is None:
        what = f"op_type is missing; it is the first argument of {name}; expected {allowed}"
        raise source.error(f"layer: {what}", call.func)
    if isinstance(node, ast.Constant) and node.value in BY_OP_TYPE:
        return BY_OP_TYPE[node.value]
    raise source.error(f"op_type: {source.quoted(node)} is not handled by this version; expected {allowed}", node)


def op_type(call: ast.Call) -> ast.expr | None:
    """Return the node of the operator of a ``make_node`` call."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "op_type"]
    return next(iter(call.args[:1] or named[:1]), None)
