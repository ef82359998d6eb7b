"""The state while a file is followed: the layers that were applied, and the work that is left."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from . import outside, shapes
from .files import File
from .values import UNKNOWN, ArgScope, Scope, Tensor, Unknown

MOST_STEPS = 200_000
DEEPEST = 40  # calls inside each other
MOST_APPLIED = 4000


class TooLong(Exception):
    """The source goes on for longer than it is followed."""


@dataclass(frozen=True)
class Applied:
    """A layer where it is applied: its line, the number of that line in the file, from 1, and its input.

    The input is the output of the layer of the number ``after``; -1 is the model's input. Without a line, several
    outputs are made one: beside each other along the ``channels``, or added, where the ``largest`` gives the sizes.
    """

    line: str
    number: int
    after: tuple[int, ...]
    join: Literal["", "channels", "largest"] = ""
    file: str = ""  # where it is another one than the model's own


# From the layers that were applied, and the number of one, to the sizes (C, *spatial) of its output, None if unknown.
Sizes = Callable[[Sequence[Applied], int], "tuple[int | None, ...] | None"]


def unknown_sizes(applied: Sequence[Applied], number: int) -> None:
    """Return None, where the size of the model's input is not known."""


class State:
    """The layers that were applied, and what following any part of the source needs of all others."""

    def __init__(self, file: File, sizes: Sizes = unknown_sizes) -> None:
        self.root = file
        self.sizes = sizes
        self.channels_last = shapes.channels_last(file.text)
        self.applied: list[Applied] = []
        self.file = Scope({})
        self.arg_scopes = [ArgScope({})]  # of slim, the innermost last
        self.steps, self.depth = MOST_STEPS, 0
        self.passed: dict[str, int] = {}  # what is called with a tensor and not known, with the number of a line
        self.used: dict[int, Any] = {}  # containers and objects that were applied, by their identity
        self.modules: dict[str, Scope] = {}  # the files that were imported, by their path
        self._files: dict[int, File] = {}  # the file of each call, by the identity of its node
        self._trees: list[ast.AST] = []  # which keeps these identities

    def step(self) -> None:
        """Count one step. Raise TooLong if there were too many."""
        self.steps -= 1
        if self.steps < 0 or len(self.applied) > MOST_APPLIED:
            raise TooLong

    def latest(self) -> Tensor:
        """Return the output of the layer that was applied last, which stands for one that is not known."""
        return Tensor(len(self.applied) - 1, known=not self.applied)

    def shape(self, tensor: Tensor) -> tuple[Any, ...] | Unknown:
        """Return the shape of a tensor as the file's framework has it, of which the batch is not known."""
        sizes = self.sizes(self.applied, tensor.of) if tensor.known and self.channels_last is not None else None
        if sizes is None:
            return UNKNOWN
        channels, *spatial = (UNKNOWN if size is None else size for size in sizes)
        return (UNKNOWN, *spatial, channels) if self.channels_last else (UNKNOWN, channels, *spatial)

    def pass_over(self, node: ast.Call | None, number: int = 0) -> None:
        """Remember a call on a tensor of something that is not known, which is taken to change nothing."""
        if node is not None:
            self.passed.setdefault(ast.unparse(node.func), number or node.lineno)

    def applied_once(self, what: Any) -> bool:
        """Return whether a container or an object was applied."""
        return id(what) in self.used

    def holds(self, file: File, tree: ast.AST) -> None:
        """Remember that a tree is that of a file."""
        self._trees.append(tree)
        self._files.update({id(node): file for node in ast.walk(tree) if isinstance(node, ast.Call)})

    def file_of(self, node: ast.Call) -> File:
        """Return the file in which a call stands."""
        return self._files.get(id(node), self.root)

    def emit(self, text: str, number: int, name: str, found: Sequence[Tensor], file: File | None = None) -> Tensor:
        """Return the output of a layer that is applied to the first of some tensors, or to what was applied last."""
        last = name.rpartition(".")[2]
        if last in outside.CHANNELS | outside.ADDED:
            return self.joined(found, "channels" if last in outside.CHANNELS else "largest") if found else self.latest()
        before = found[0] if found else self.latest()
        elsewhere = file.path if file and file != self.root else ""
        self.applied.append(Applied(text, number, (before.of,), file=elsewhere))
        return Tensor(len(self.applied) - 1, before.known and shapes.keeps_shape(name))

    def joined(self, found: Sequence[Tensor], how: Literal["channels", "largest"], known: bool = True) -> Tensor:
        """Return several tensors made one. It has the shape of the largest, if its shape is ``known`` at all."""
        numbers = tuple(one.of for one in found)
        if how == "largest":
            numbers = tuple(dict.fromkeys(numbers))
            known = known and any(one.known for one in found)
        else:
            known = known and all(one.known for one in found)
        if len(numbers) == 1:
            return Tensor(numbers[0], known)
        self.applied.append(Applied("", 0, numbers, how))
        return Tensor(len(self.applied) - 1, known)

    def through(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Follow statements in order."""
        raise NotImplementedError

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Give a value to the names of a target."""
        raise NotImplementedError

    def value(self, node: ast.expr, scope: Scope) -> Any:
        """Return the value of an expression, after following the layers that it applies."""
        raise NotImplementedError

    def call(self, callee: Any, arguments: list[Any], keywords: dict[str, Any], node: ast.Call | None = None) -> Any:
        """Return the result of a call. Arguments are pairs of a node, None for none, and a value."""
        raise NotImplementedError
