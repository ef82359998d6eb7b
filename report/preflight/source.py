"""The layers that a file of Python source names, in the order in which they are applied. It is parsed and never run.

A class is followed through its ``forward``, ``call`` or ``__call__``, where ``self.conv(x)`` is the layer that
``__init__`` assigned. Loops are taken once, both sides of a condition are taken, and calls of the file's own functions
are not followed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...adapters.layers import BY_NAME, LEFT, WINDOWLESS
from ...adapters.reading.literals import dotted

APPLY = ("forward", "call", "__call__")
# By the last part of their name, which PyTorch, Keras and Gluon share.
PADS = {f"{name}{rank}{d}" for name in ("ZeroPadding", "Cropping") for rank in "123" for d in "D"}
PADS |= {f"{name}Pad{rank}d" for name in ("Zero", "Constant") for rank in "123"}
PADS |= {f"{name}Pad{rank}d" for name in ("Reflection", "Replication", "Circular") for rank in "123"}
WINDOWS = {name.rpartition(".")[2] for name in BY_NAME}
CHAINS = {"keras": "keras.Sequential([{}, {}])", "torch": "nn.Sequential({}, {})"}


@dataclass(frozen=True)
class Found:
    """A layer as the file writes it, and the number of its line, from 1."""

    line: str
    number: int
    pads: bool = False


def layers_in(text: str) -> list[Found] | None:
    """Return the layers of a source file; None for a text that is a list of layers, or no Python.

    Padding that comes right before a layer is one chain with it.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if all(isinstance(part, ast.Expr) for part in tree.body):
        return None
    return list(_joined(list(_Walk(text).through(tree.body))))


class _Walk:
    """A walk through statements in the order in which they are run."""

    def __init__(self, text: str) -> None:
        self.text = text

    def through(self, body: Sequence[ast.stmt]) -> Iterator[Found]:
        for statement in body:
            if isinstance(statement, ast.ClassDef):
                yield from self._class(statement)
            else:
                yield from self._in(statement, {})

    def _class(self, made: ast.ClassDef) -> Iterator[Found]:
        functions = {part.name: part for part in made.body if isinstance(part, ast.FunctionDef)}
        apply = next((functions[name] for name in APPLY if name in functions), None)
        start = functions.get("__init__")
        own = dict(_assigned(start)) if start else {}
        if apply is None:
            yield from self.through(start.body if start else made.body)
            return
        yield from self._in(apply, own)

    def _in(self, node: ast.AST, own: Mapping[str, ast.expr]) -> Iterator[Found]:
        """Yield the layers below a node; what a layer is applied to comes before it."""
        if not isinstance(node, ast.Call):
            for child in ast.iter_child_nodes(node):
                yield from self._in(child, own)
            return
        made, applied = node, list[ast.Call]()
        while isinstance(made.func, ast.Call):
            applied, made = [made, *applied], made.func
        if isinstance(made.func, ast.Attribute):  # x.flatten(1), where x is a call
            yield from self._in(made.func.value, own)
        name = dotted(made.func)
        for call in applied or [made]:
            for argument in (*call.args, *(one.value for one in call.keywords)):
                yield from self._in(argument, own)
        attribute = name.partition("self.")[2]
        if attribute in own:
            yield from self._in(own[attribute], {})
        else:
            yield from self._layer(made, name)

    def _layer(self, made: ast.Call, name: str) -> Iterator[Found]:
        last = name.rpartition(".")[2]
        known = last in WINDOWS or last in PADS
        if known or (last in LEFT and last[:1].isupper()) or last in WINDOWLESS:
            line = ast.get_source_segment(self.text, made) or ""
            yield Found(ast.unparse(made) if "\n" in line else line, made.lineno, last in PADS)


def _assigned(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield the attributes of ``self`` that a function assigns, each with its value."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = dotted(node.targets[0])
            if target.startswith("self."):
                yield target.partition(".")[2], node.value


def _joined(found: Sequence[Found]) -> Iterator[Found]:
    """Yield the layers, each with the padding before it as one chain."""
    waiting: Found | None = None
    for layer in found:
        name = layer.line.partition("(")[0].rpartition(".")[2]
        zeros = waiting is not None and "Zero" in waiting.line.partition("(")[0]
        if waiting and not layer.pads and name in WINDOWS and not (zeros and "max" in name.lower()):
            chain = CHAINS["keras" if "D(" in waiting.line else "torch"]
            layer, waiting = Found(chain.format(waiting.line, layer.line), layer.number), None
        if waiting:  # by itself, as zeros before a max pool, whose own padding never counts
            yield waiting
        waiting = layer if layer.pads else None
        if not layer.pads:
            yield layer
