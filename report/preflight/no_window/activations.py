"""The lines to write for an activation. The slope of a leaky ReLU differs between frameworks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....adapters.dressed import BY_FOLDER
from ....adapters.dressing import Activation, Reads, plain, written
from ....adapters.reading.literals import dotted, number
from ....adapters.registry import folder
from .layout import code
from .names import folders

BY_WORD = ("keras", "mxnet")  # have a layer that is given the name of its activation


def activation_of(call: ast.Call, name: str) -> tuple[str, Activation] | None:
    """Return the folder of a call's framework and the activation that it is; None if it is none."""
    found = ((package, _activation(call, name, package)) for package in folders(name))
    return next(((package, known) for package, known in found if known), None)


def _activation(call: ast.Call, name: str, package: str) -> Activation | None:
    """Return the activation that a layer or a function is, by its name and its argument; None if it is none."""
    root, _, last = name.rpartition(".")
    if last == "Activation":
        given = [*call.args, *(one.value for one in call.keywords if one.arg == "activation")]
        word = _word(given[0]) if given and package in BY_WORD else ""
        reads = _reads(word, package)
        return reads.activation(reads.default) if reads else None
    function = not last[:1].isupper()  # of the input
    reads = _reads(last, package)
    if reads is None or (function and (not root or not call.args or (root == "nn" and package != "flax"))):
        return None
    first = call.args[1 if function else 0 :]
    named = [one.value for one in call.keywords if one.arg in (reads.argument, "alpha")]
    if len(first) + len(named) > 1 or ((first or named) and not reads.argument):
        return None
    value = reads.default
    for node in (*first, *named):
        value = node.value if isinstance(node, ast.Constant) else number(node)
    return reads.activation(value)


def _reads(name: str, package: str) -> Reads | None:
    """Return how a name of an activation is read; a function may have another default than a layer."""
    known = BY_FOLDER[package].reads
    return known.get(name.rpartition(".")[2]) or known.get(plain(name))


def _word(node: ast.expr) -> str:
    """Return the activation that a layer is given, as a text or as a function: ``relu`` for ``tf.nn.relu`` as well."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else dotted(node)


def activated(found: Activation, adapter: str, framework: str) -> Iterator[str]:
    """Yield the line for an activation in one framework, and the default that is another."""
    words = BY_FOLDER[folder(adapter)]
    if found.kind not in words.writes:
        yield f"{framework} has no activation {found.kind}; write it as a function."
        return
    source = written(found, words.writes)
    node = source.partition(", ")
    if adapter == "onnxruntime":
        source = f"helper.make_node({node[0]}, ['x'], ['y']{node[1]}{node[2]})"
    yield from code(f"In {framework}, write", source)
    default = words.reads["leakyrelu"].default if found.kind == "leaky_relu" else None
    if default is not None and default != found.slope:
        yield f"Its slope is {default} by default, where the line means {found.slope}."
    else:
        yield "This is the same function."
