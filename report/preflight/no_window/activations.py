"""The lines to write for an activation. The slope of a leaky ReLU differs between frameworks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....adapters.dressed import BY_FOLDER
from ....adapters.dressing import Activation, plain, written
from ....adapters.reading.literals import number
from ....adapters.registry import folder
from .layout import code
from .names import folders


def activation_of(call: ast.Call, name: str) -> tuple[str, Activation] | None:
    """Return the folder of a call's framework and the activation that it is; None if it is none."""
    found = ((package, _activation(call, name, package)) for package in folders(name))
    return next(((package, known) for package, known in found if known), None)


def _activation(call: ast.Call, name: str, package: str) -> Activation | None:
    """Return the activation that a layer is, by its name and its argument; None if it is none."""
    reads = BY_FOLDER[package].reads.get(plain(name))
    if reads is None or not name.rpartition(".")[2][:1].isupper():
        return None
    given = [*call.args, *(one.value for one in call.keywords if one.arg in (reads.argument, "alpha"))]
    if len(given) > 1 or (given and not reads.argument):
        return None
    value = reads.default
    if given:
        value = given[0].value if isinstance(given[0], ast.Constant) else number(given[0])
    return reads.activation(value)


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
